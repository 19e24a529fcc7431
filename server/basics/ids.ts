/**
 * Branded types for everything that has an identity. Outside values become one of these at the edge
 * (zod schemas, database rows); inside the house a raw string is never an id.
 */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** One call: from the first INVITE to the last hang-up, with all its legs. Equals the customer leg's channel id. */
export type CallId = Brand<string, 'CallId'>;
/** One channel of the exchange. Made before acting; is the ARI channel id. */
export type LegId = Brand<string, 'LegId'>;
/** A user who works as an agent (users.id). */
export type AgentId = Brand<number, 'AgentId'>;
/** A phone number in E.164 with its plus: +79161234567. Only `parsePhone` makes one. */
export type E164 = Brand<string, 'E164'>;
/** Milliseconds since 1970, UTC. */
export type EpochMs = number;
