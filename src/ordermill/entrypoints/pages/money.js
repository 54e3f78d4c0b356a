// Money as integers of minor units (BigInt), never a float.

/** How many fraction digits a currency has; 2 where it is unknown. */
export function digitsOf(currency) {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  } catch {
    return 2;
  }
}

/** The minor units of decimal text such as "9.99", or null where it is none in that currency. */
export function toMinor(text, currency) {
  const digits = digitsOf(currency);
  const match = /^(0|[1-9]\d{0,29})(?:\.(\d+))?$/.exec(text);
  const fraction = match?.[2] ?? "";
  return match && fraction.length <= digits ? BigInt(match[1] + fraction.padEnd(digits, "0")) : null;
}

/** An amount for people to read: 1998n in USD is "$19.98". */
export function show(minor, currency) {
  const digits = digitsOf(currency);
  const text = String(minor).padStart(digits + 1, "0");
  const whole = BigInt(text.slice(0, text.length - digits));
  const fraction = text.slice(text.length - digits);
  const format = new Intl.NumberFormat("en", { style: "currency", currency, minimumFractionDigits: digits });
  return format.formatToParts(whole).map((part) => (part.type === "fraction" ? fraction : part.value)).join("");
}

/** The same for decimal text as the API writes it; text that cannot be read is shown as it is. */
export function showText(text, currency) {
  const minor = toMinor(text, currency);
  return minor === null ? `${text} ${currency}` : show(minor, currency);
}
