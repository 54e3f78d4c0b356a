/** The catalogue as CSV, as `PUT /catalogue` takes it. */

import type { components } from "../../../api/schema";

/** A product as typed; `stock` empty where it is uncounted. */
export type Draft = { sku: string; name: string; price: string; currency: string; stock: string };

const COLUMNS = ["sku", "name", "price", "currency", "stock"] as const;

export const NEW_PRODUCT: Draft = { sku: "", name: "", price: "", currency: "USD", stock: "" };

export const draftOf = (product: components["schemas"]["ProductView"]): Draft => ({
  ...product,
  stock: product.stock === null ? "" : String(product.stock),
});

const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** With its header; what was typed goes as it is, so that the server says what is wrong with it. */
export const productsCsv = (products: readonly Draft[]): string =>
  [COLUMNS, ...products.map((product) => COLUMNS.map((name) => product[name]))]
    .map((row) => row.map(cell).join(","))
    .join("\n")
    .concat("\n");
