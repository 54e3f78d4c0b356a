/** The lines of an order, as long as they can be changed. */

import type { Fault } from "../../../api/problem";
import { Button, TextField } from "../../kit/controls";
import type { Order } from "./read";

/** As typed; of `sku` and `product` one counts, and the sku first. */
export type Line = { sku: string; product: string; quantity: string; unitPrice: string };

export const linesOf = (order: Order): Line[] =>
  order.items.map((item) => ({
    sku: item.sku ?? "",
    product: item.product ?? "",
    quantity: String(item.quantity),
    unitPrice: item.unitPrice,
  }));

/** `errors` point to `/items/0/quantity` and so on. The catalogue's prices win over those typed. */
export function ItemFields(props: {
  lines: readonly Line[];
  errors: readonly Fault[];
  onLines: (lines: Line[]) => void;
}) {
  const { lines, onLines } = props;
  const set = (at: number, part: Partial<Line>) =>
    onLines(lines.map((line, each) => (each === at ? { ...line, ...part } : line)));
  const wrong = (at: number, name: string) => props.errors.find((each) => each.pointer === `/items/${at}/${name}`);
  return (
    <fieldset class="grid gap-3">
      <legend class="mb-2 text-sm font-medium">Items, while the order is PENDING</legend>
      {lines.map((line, at) => (
        <div key={at} class="grid items-start gap-3 border-t border-line pt-3 sm:grid-cols-[2fr_1fr_1fr_auto]">
          <TextField
            label={`Product ${at + 1}`}
            value={line.product}
            error={wrong(at, "product")?.detail ?? wrong(at, "sku")?.detail}
            onValue={(product) => set(at, { product, sku: "" })}
          />
          <TextField
            label={`Quantity ${at + 1}`}
            inputMode="numeric"
            value={line.quantity}
            error={wrong(at, "quantity")?.detail}
            onValue={(quantity) => set(at, { quantity })}
          />
          <TextField
            label={`Unit price ${at + 1}`}
            inputMode="decimal"
            value={line.unitPrice}
            error={wrong(at, "unitPrice")?.detail}
            onValue={(unitPrice) => set(at, { unitPrice })}
          />
          <Button
            class="sm:mt-6.5"
            disabled={lines.length === 1}
            aria-label={`Remove line ${at + 1}`}
            onClick={() => onLines(lines.filter((_, each) => each !== at))}
          >
            Remove
          </Button>
        </div>
      ))}
      <Button
        class="w-fit"
        onClick={() => onLines([...lines, { sku: "", product: "", quantity: "1", unitPrice: "" }])}
        disabled={lines.length === 50}
      >
        Add a line
      </Button>
    </fieldset>
  );
}
