// The form's fields: what they hold, what the server finds wrong with them, and the total.

import { show, showText, toMinor } from "./money.js";

const OTHER = "other";
const $ = (id) => document.getElementById(id);
const FIELDS = ["product", "name", "price", "quantity", "customer", "email", "note"];
const PLACES = { customerName: "customer", email: "email", note: "note", currency: "price" };
const ENTER = new Set(["required", "wrong-type", "out-of-range", "blank", "too-long", "invalid-text", "invalid-email", "invalid-price"]);

let products = [];

const other = () => $("product").value === OTHER;
const chosen = () => products.find((product) => `sku:${product.sku}` === $("product").value);
const currency = () => chosen()?.currency ?? products[0]?.currency ?? "USD";

/** Fill the list of products; without any, only "something else" can be ordered. */
export function offer(list) {
  const before = $("product").value;
  products = list;
  const options = list.map((product) => {
    const price = showText(product.price, product.currency);
    const option = new Option(`${product.name}, ${price}`, `sku:${product.sku}`);
    option.disabled = product.stock === 0;
    if (option.disabled) option.text += " (sold out)";
    return option;
  });
  const first = new Option("Choose a product…", "");
  $("product").replaceChildren(first, ...options, new Option("Something else…", OTHER));
  $("product").value = list.length === 0 ? OTHER : before;
  if ($("product").selectedIndex < 0) $("product").value = "";
  $("product").disabled = false;
  refresh();
}

/** The body of POST /orders, as JSON text. What the server should judge is sent as it was typed. */
export function read() {
  const typed = $("quantity").value.trim();
  const quantity = /^\d+$/.test(typed) ? Number(typed) : typed || null;
  const product = chosen();
  const line = { quantity };
  if (product) line.sku = product.sku;
  if (other()) Object.assign(line, { product: $("name").value, unitPrice: $("price").value.trim() || null });
  return JSON.stringify({
    customerName: $("customer").value || null,
    email: $("email").value.trim() || null,
    note: $("note").value || null,
    currency: currency(),
    items: [line],
  });
}

/** Put a body that `read` made back into the form. */
export function write(text) {
  const body = JSON.parse(text);
  const [line] = body.items;
  $("product").value = line.sku ? `sku:${line.sku}` : line.product === undefined ? "" : OTHER;
  if ($("product").selectedIndex < 0) $("product").value = "";
  $("name").value = line.product ?? "";
  $("price").value = line.unitPrice ?? "";
  $("quantity").value = line.quantity ?? "";
  $("customer").value = body.customerName ?? "";
  $("email").value = body.email ?? "";
  $("note").value = body.note ?? "";
  refresh();
}

/** An empty form. */
export function clear() {
  $("form").reset();
  blame([]);
  refresh();
}

/** Show every error of a 422 at its field and focus the first; returns the sentences that belong to no field. */
export function blame(errors) {
  const sentences = new Map(FIELDS.map((field) => [field, []]));
  const rest = [];
  for (const error of errors) {
    const field = fieldOf(error.pointer);
    (field ? sentences.get(field) : rest).push(sentence(error, field));
  }
  for (const [field, texts] of sentences) {
    $(`${field}-error`).textContent = [...new Set(texts)].join(" ");
    $(field).toggleAttribute("aria-invalid", false);
    if (texts.length > 0) $(field).setAttribute("aria-invalid", "true");
  }
  const wrong = FIELDS.filter((field) => sentences.get(field).length > 0);
  if (wrong.length > 0) $(wrong[0]).focus();
  return rest;
}

/** What was typed into a field is no longer what the server found wrong. */
export function forgive(field) {
  if (!FIELDS.includes(field)) return;
  $(`${field}-error`).textContent = "";
  $(field).removeAttribute("aria-invalid");
}

function fieldOf(pointer) {
  const [, head, index, member] = pointer.split("/");
  if (head !== "items") return PLACES[head];
  if (member === "quantity") return "quantity";
  if (member === "unitPrice" && other()) return "price";
  return index === undefined || index === "0" ? (other() ? "name" : "product") : undefined;
}

function sentence(error, field) {
  if (error.code === "required" && field === "product") return "Please choose a product.";
  if (error.code === "blank" && field === "name") return "Please say what you would like.";
  if (error.code === "price-required") return "Please enter a price, such as 9.99.";
  const text = ENTER.has(error.code) ? `please enter ${error.detail}.` : `${error.detail}.`;
  return text[0].toUpperCase() + text.slice(1);
}

/** Bring the summary and the hints up to what the fields hold. */
export function refresh() {
  const product = chosen();
  const unit = other() ? toMinor($("price").value.trim(), currency()) : product ? toMinor(product.price, product.currency) : null;
  const typed = $("quantity").value.trim();
  const quantity = /^\d{1,15}$/.test(typed) ? BigInt(typed) : null;
  const name = other() ? $("name").value.trim() : product?.name;
  $("other").hidden = !other();
  $("price-currency").textContent = currency();
  $("line").textContent = name ? (quantity === null ? name : `${quantity} × ${name}`) : "Nothing chosen yet";
  $("line-price").textContent = name && unit ? `${show(unit, currency())} each` : "";
  const total = unit && quantity ? show(unit * quantity, currency()) : "–";
  if ($("total").textContent !== total) $("total").textContent = total;
  hintStock(product, quantity);
}

function hintStock(product, quantity) {
  const counted = typeof product?.stock === "number";
  const short = counted && quantity !== null && quantity > BigInt(product.stock);
  const text = !counted ? "" : short ? `Only ${product.stock} in stock.` : `${product.stock} in stock.`;
  if ($("quantity-hint").textContent !== text) $("quantity-hint").textContent = text;
  $("quantity-hint").classList.toggle("warn", short);
}

function nudge(by) {
  const typed = $("quantity").value.trim();
  const now = /^\d{1,15}$/.test(typed) ? Number(typed) : 0;
  $("quantity").value = Math.max(1, now + by);
  $("quantity").dispatchEvent(new Event("input", { bubbles: true }));
}

$("less").addEventListener("click", () => nudge(-1));
$("more").addEventListener("click", () => nudge(1));
