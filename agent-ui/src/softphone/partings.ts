/**
 * Calls that the agent hung up by SIP alone, as the server was away. To the server such a leg looks lost and its call would be
 * brought back; so the page tells it first what was meant. Kept over a refresh.
 */
const place = 'dozvon.partings';

export function rememberParting(callId: string): void {
  sessionStorage.setItem(place, JSON.stringify([...read(), callId].slice(-5)));
}

/** What was remembered; forgotten with this. */
export function takePartings(): readonly string[] {
  const callIds = read();
  sessionStorage.removeItem(place);
  return callIds;
}

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(place) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id): id is string => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
