/** SQL text: kopecks that a customer owes on open invoices, due or not; `customerId` is one of our own column names. */
export const owedKopecks = (customerId: string): string =>
  `(SELECT coalesce(sum(owed.amount_kopecks - owed.paid_kopecks), 0)::bigint FROM invoices owed
     WHERE owed.customer_id = ${customerId} AND owed.paid_kopecks < owed.amount_kopecks)`;
