/** Numbers as people read them. */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const FINE = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const SMALL = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

export const count = (value: number) => WHOLE.format(value);
/** Two places, or as many as a small one needs. */
export const number = (value: number) => (Math.abs(value) < 1 ? SMALL : FINE).format(value);
export const perSecond = (value: number | null) => (value === null ? "–" : `${number(value)}/s`);
export const millis = (value: number | null) => (value === null ? "–" : `${number(value)} ms`);
export const megabytes = (value: number) => `${number(value / 1_000_000)} MB`;
/** A duration of seconds, in the unit that suits it. */
export function seconds(value: number): string {
  if (value < 120) return `${number(value)} s`;
  return value < 7200 ? `${count(value / 60)} min` : `${number(value / 3600)} h`;
}
