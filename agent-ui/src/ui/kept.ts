/** What must survive a refresh of this tab: unsaved notes and the last pop. Forbidden storage only costs that. */
export function writeKept(key: string, value: unknown): void {
  try {
    if (value === null) sessionStorage.removeItem(`dozvon.${key}`);
    else sessionStorage.setItem(`dozvon.${key}`, JSON.stringify(value));
  } catch {
    // Full or forbidden.
  }
}

export function readKept<T>(key: string): T | null {
  try {
    const text = sessionStorage.getItem(`dozvon.${key}`);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}
