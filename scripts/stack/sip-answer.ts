/** As much SIP (RFC 3261) as it takes to be rung: for phones of tests and benches that are programs. Pure text. */

/** A header's value; empty: it has none. */
export function headerOf(message: string, name: string): string {
  return new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(message)?.[1] ?? '';
}

/** Where a body's audio is wanted; null: it says nothing. */
export function audioOf(message: string): { address: string; port: number } | null {
  const port = /^m=audio (\d+)/m.exec(message)?.[1];
  const address = /^c=IN IP4 (\S+)/m.exec(message)?.[1];
  return port === undefined || address === undefined ? null : { address, port: Number(port) };
}

/** µ-law and touch tones (RFC 4733, payload 101), at this port of the loopback. */
export function sdpOf(port: number): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 0 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-16',
    'a=ptime:20',
    'a=sendrecv',
    '',
  ].join('\r\n');
}

/** An answer to a request; `tag` is added to a To that has none. */
export function replyTo(
  request: string,
  status: string,
  { tag = null, sdp = '', cseq }: { tag?: string | null; sdp?: string; cseq?: string } = {},
): string {
  const to = headerOf(request, 'To');
  const vias = [...request.matchAll(/^Via: .*?\r?$/gim)].map(([line]) => line.trim());
  // Later requests of this call come to the address that this one names.
  const contact = /^[A-Z]+ sip:([^\s;>]+)/.exec(request)?.[1] ?? '127.0.0.1';
  return [
    `SIP/2.0 ${status}`,
    ...vias,
    `From: ${headerOf(request, 'From')}`,
    `To: ${to}${tag !== null && !to.includes(';tag=') ? `;tag=${tag}` : ''}`,
    `Call-ID: ${headerOf(request, 'Call-ID')}`,
    `CSeq: ${cseq ?? headerOf(request, 'CSeq')}`,
    `Contact: <sip:${contact}>`,
    ...(sdp ? ['Content-Type: application/sdp'] : []),
    `Content-Length: ${sdp.length}`,
    '',
    sdp,
  ].join('\r\n');
}
