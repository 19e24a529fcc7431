/** `back`: the computer is on a network again; `changed`: perhaps on another one, or on a worse one. */
export function onNetworkChange(told: { back(): void; changed(): void }): () => void {
  // Not in every browser, and not in TypeScript's.
  const { connection } = navigator as { connection?: EventTarget };
  window.addEventListener('online', told.back);
  connection?.addEventListener('change', told.changed);
  return () => {
    window.removeEventListener('online', told.back);
    connection?.removeEventListener('change', told.changed);
  };
}
