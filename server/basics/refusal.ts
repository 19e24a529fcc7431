/** A decision that may say no: the reason is a key for people's words, never a sentence. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string; readonly detail?: string };
