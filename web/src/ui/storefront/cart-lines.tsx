/** The lines of the cart, to change and to remove. */

import { useSignal } from "@preact/signals";
import { Button } from "../kit/controls";
import { shown, shownText } from "../kit/money";
import { Art } from "./art";
import { cart, type Line, lineTotal, type Product, piecesOf, withLine, without, withQuantity } from "./cart";
import { busy, faults, forgive } from "./ordering";
import { OwnDialog } from "./own";
import { currenciesOf } from "./products";
import { Quantity } from "./quantity";

export function CartLines(props: { lines: readonly Line[]; products: readonly Product[] }) {
  const changed = useSignal<Line | null>(null);
  const removed = useSignal<Line | null>(null);
  const remove = (line: Line) => {
    cart.change((lines) => without(lines, line.id));
    removed.value = line;
  };
  const back = removed.value;
  return (
    <>
      <ul class="divide-y divide-line">
        {props.lines.map((line) => (
          <CartLine
            key={line.id}
            line={line}
            product={props.products.find((each) => each.sku === line.sku)}
            onChange={() => {
              changed.value = line;
            }}
            onRemove={() => remove(line)}
          />
        ))}
      </ul>
      <div role="status" class="text-sm text-soft">
        {back && (
          <p class="mt-4">
            “{back.name}” was removed.{" "}
            <button
              type="button"
              class="cursor-pointer text-accent underline"
              onClick={() => {
                cart.change((lines) => withLine(lines, back));
                removed.value = null;
              }}
            >
              Put it back
            </button>
          </p>
        )}
      </div>
      <OwnDialog
        open={changed.value !== null && !busy.value}
        line={changed.value ?? undefined}
        currencies={currenciesOf(props.products)}
        onClose={() => {
          changed.value = null;
        }}
      />
    </>
  );
}

function stockHint(line: Line, product: Product | undefined): string {
  const pieces = piecesOf(line.quantity);
  if (product?.stock === 0) return "Sold out by now.";
  if (product === undefined || product.stock === null || pieces === null || pieces <= BigInt(product.stock)) return "";
  return `Only ${product.stock} in stock.`;
}

function CartLine(props: { line: Line; product: Product | undefined; onChange: () => void; onRemove: () => void }) {
  const { line } = props;
  const sum = lineTotal(line);
  const field = `line ${line.id}`;
  return (
    <li class="flex flex-wrap items-start gap-x-4 gap-y-3 py-4 first:pt-0 last:pb-0">
      <Art name={line.name} columns={2} rows={2} class="size-14 shrink-0 rounded-control" />
      <div class="min-w-0 grow basis-40">
        <p class="font-medium break-words">{line.name}</p>
        <p class="text-sm text-soft tabular-nums">{shownText(line.unitPrice, line.currency)} each</p>
        <p class="-mb-2 -ml-3 flex">
          <Button small tone="quiet" aria-label={`Remove ${line.name}`} onClick={props.onRemove}>
            Remove
          </Button>
          {line.sku === null && (
            <Button small tone="quiet" aria-label={`Change ${line.name}`} onClick={props.onChange}>
              Change
            </Button>
          )}
        </p>
      </div>
      <Quantity
        of={line.name}
        value={line.quantity}
        hint={stockHint(line, props.product)}
        error={faults.value.at.get(field)}
        onValue={(quantity) => {
          cart.change((lines) => withQuantity(lines, line.id, quantity));
          forgive(field);
        }}
      />
      <p class="ml-auto min-w-24 pt-2.5 text-right font-semibold break-all tabular-nums">
        {sum === null ? "–" : shown(sum, line.currency)}
      </p>
    </li>
  );
}
