/** Quantiles and rounding for people. Pure. */

/** The value below which `share` (0 to 1) of the values lie, nearest rank; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Three significant figures. */
export function short(value: number): number {
  return Number(value.toPrecision(3));
}

/** "3.1 (2.9-3.4)": median, least and most. */
export function spread(values: readonly number[]): string {
  return `${short(median(values))} (${short(Math.min(...values))}-${short(Math.max(...values))})`;
}
