/** What bare loop and chain have in common. Pure. */

/** The nth of the test exchange's million numbers that answer at once and send no sound (docs/test-exchange.md). */
export function loadNumber(n: number): string {
  return `+79992${String(n % 1_000_000).padStart(6, '0')}`;
}

/**
 * Calls that may stand open at once. Healthy rates need a quarter of it; beyond it an exchange that has lost step is only
 * driven deeper (at 490 a second without a limit it took two minutes and 2 GB to come round).
 */
export const openLimit = 500;

/** What the chain's announcement says, made by the bench: a path is played as it stands, a bare name would be one of the product's own prompts. */
export const prompt = 'bench/beep';
export const promptMs = 100;
