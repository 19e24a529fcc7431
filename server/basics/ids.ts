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
/** One try to reach one lead at one number. Equals the CallId of the call it places. */
export type AttemptId = Brand<string, 'AttemptId'>;
/** A user who works as an agent (users.id). */
export type AgentId = Brand<number, 'AgentId'>;
export type UserId = Brand<number, 'UserId'>;
export type CustomerId = Brand<number, 'CustomerId'>;
export type CampaignId = Brand<number, 'CampaignId'>;
export type LeadId = Brand<number, 'LeadId'>;
export type QueueId = Brand<number, 'QueueId'>;
/** A phone number in E.164 with its plus: +79161234567. Only `parsePhone` makes one. */
export type E164 = Brand<string, 'E164'>;
/** Money in integer minor units. */
export type Kopecks = Brand<number, 'Kopecks'>;
/** Milliseconds since 1970, UTC. */
export type EpochMs = number;
