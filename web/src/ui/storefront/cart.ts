/** What is to be ordered, kept in this browser until it is. One order has one currency. */

import { shown, toMinor } from "../kit/money";
import { isRecord, kept } from "./kept";

export type Product = { sku: string; name: string; price: string; currency: string; stock: number | null };

/** A line; `sku` null: something else, at one's own price. `quantity` is what was typed. */
export type Line = {
  id: string;
  sku: string | null;
  name: string;
  unitPrice: string;
  currency: string;
  quantity: string;
};

export const MOST_LINES = 50;
export const MOST_PIECES = 1_000_000;

/** The pieces of a quantity as it was typed, or null where it is no whole number. */
export const piecesOf = (typed: string): bigint | null =>
  /^\d{1,15}$/.test(typed.trim()) ? BigInt(typed.trim()) : null;

/** The currency of the cart; null while it is empty. */
export const currencyOf = (lines: readonly Line[]): string | null => lines[0]?.currency ?? null;

/** Why a line of this currency cannot be added; null if it can. */
export function refusal(lines: readonly Line[], currency: string, id?: string): string | null {
  const now = currencyOf(lines.filter((line) => line.id !== id));
  if (now !== null && now !== currency)
    return `An order has one currency, and your cart is in ${now}. Order that first, or empty the cart.`;
  if (lines.length >= MOST_LINES && !lines.some((line) => line.id === id))
    return `An order has at most ${MOST_LINES} lines. Order these first.`;
  return null;
}

/** With one more piece of the product. */
export function withProduct(lines: readonly Line[], product: Product): Line[] {
  const id = `sku:${product.sku}`;
  const there = lines.find((line) => line.id === id);
  if (there) return lines.map((line) => (line === there ? { ...line, quantity: stepped(line.quantity, 1) } : line));
  const { sku, name, price: unitPrice, currency } = product;
  return [...lines, { id, sku, name, unitPrice, currency, quantity: "1" }];
}

/** With this line, in the place of the one it had been. */
export const withLine = (lines: readonly Line[], line: Line): Line[] =>
  lines.some((each) => each.id === line.id)
    ? lines.map((each) => (each.id === line.id ? line : each))
    : [...lines, line];

export const withQuantity = (lines: readonly Line[], id: string, quantity: string): Line[] =>
  lines.map((line) => (line.id === id ? { ...line, quantity } : line));

export const without = (lines: readonly Line[], id: string): Line[] => lines.filter((line) => line.id !== id);

/** A typed quantity, one more or less, within what an order takes. */
export function stepped(typed: string, by: 1 | -1): string {
  const next = Number(piecesOf(typed) ?? 0n) + by;
  return String(Math.min(Math.max(next, 1), MOST_PIECES));
}

/** The lines at the prices and under the names that the catalogue has now. */
export const repriced = (lines: readonly Line[], products: readonly Product[]): Line[] =>
  lines.map((line) => {
    const product = products.find((each) => each.sku === line.sku);
    if (!product) return line;
    return { ...line, name: product.name, unitPrice: product.price, currency: product.currency };
  });

/** What a line costs, in minor units; null where that cannot be told. */
export function lineTotal(line: Line): bigint | null {
  const unit = toMinor(line.unitPrice, line.currency);
  const pieces = piecesOf(line.quantity);
  return unit === null || pieces === null ? null : unit * pieces;
}

/** What all lines cost; null where that cannot be told. */
export function total(lines: readonly Line[]): bigint | null {
  let sum = 0n;
  for (const line of lines) {
    const part = lineTotal(line);
    if (part === null || line.currency !== currencyOf(lines)) return null;
    sum += part;
  }
  return sum;
}

/** The total for people to read; a dash where it cannot be told. */
export function totalText(lines: readonly Line[]): string {
  const sum = total(lines);
  return sum === null ? "–" : shown(sum, currencyOf(lines) ?? "USD");
}

/** How many pieces there are in all, for a badge: "3", or "999+". */
export function countText(lines: readonly Line[]): string {
  const pieces = lines.reduce((sum, line) => sum + (piecesOf(line.quantity) ?? 0n), 0n);
  return pieces > 999n ? "999+" : String(pieces);
}

const isText = (value: unknown): value is string => typeof value === "string";

function lineOf(value: unknown): Line[] {
  if (!isRecord(value)) return [];
  const { id, sku, name, unitPrice, currency, quantity } = value;
  if (!isText(id) || !isText(name) || !isText(unitPrice) || !isText(currency) || !isText(quantity)) return [];
  return [{ id, sku: isText(sku) ? sku : null, name, unitPrice, currency, quantity }];
}

/** The lines that stand in the store, without what is none. */
export const linesOf = (stored: unknown): Line[] => (Array.isArray(stored) ? stored.flatMap(lineOf) : []);

export const cart = kept("local", "ordermill.cart", linesOf);
