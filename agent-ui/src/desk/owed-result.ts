/** A call of his that is over and still without his result. */
export interface OwedResult {
  readonly callId: string;
  readonly customerId: number | null;
  readonly name: string;
}
