/** Money as integers of minor units (BigInt), never a float. */

/** How many fraction digits a currency has; 2 where it is unknown. */
export function digitsOf(currency: string): number {
  try {
    const format = new Intl.NumberFormat("en", { style: "currency", currency });
    return format.resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** The minor units of decimal text such as "9.99", or null where it is none in that currency. */
export function toMinor(text: string, currency: string): bigint | null {
  const digits = digitsOf(currency);
  const match = /^(0|[1-9]\d{0,29})(?:\.(\d+))?$/.exec(text);
  const fraction = match?.[2] ?? "";
  return match && fraction.length <= digits ? BigInt(`${match[1]}${fraction.padEnd(digits, "0")}`) : null;
}

/** Decimal text as the API takes and writes it: 30n in USD is "0.30". */
export function toText(minor: bigint, currency: string): string {
  const digits = digitsOf(currency);
  const text = String(minor).padStart(digits + 1, "0");
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** An amount for people to read: 1998n in USD is "$19.98". */
export function shown(minor: bigint, currency: string): string {
  const [whole = "0", fraction = ""] = toText(minor, currency).split(".");
  try {
    const digits = digitsOf(currency);
    const format = new Intl.NumberFormat("en", { style: "currency", currency, minimumFractionDigits: digits });
    const parts = format.formatToParts(BigInt(whole));
    return parts.map((part) => (part.type === "fraction" ? fraction : part.value)).join("");
  } catch {
    return `${toText(minor, currency)} ${currency}`;
  }
}

/** The same for decimal text as the API writes it; text that cannot be read is shown as it is. */
export function shownText(text: string, currency: string): string {
  const minor = toMinor(text, currency);
  return minor === null ? `${text} ${currency}` : shown(minor, currency);
}
