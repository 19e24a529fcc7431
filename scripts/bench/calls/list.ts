/** The nth of the test exchange's million numbers that answer at once and send no sound (docs/test-exchange.md). */
export function loadNumber(n: number): string {
  return `+79992${String(n % 1_000_000).padStart(6, '0')}`;
}
