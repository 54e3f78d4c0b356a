/** Something else than what the catalogue has, at one's own price. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Button, SelectField, TextField } from "../kit/controls";
import { digitsOf, toMinor } from "../kit/money";
import { Dialog } from "../kit/surfaces";
import { freshKey } from "./attempt";
import { cart, type Line, refusal, withLine } from "./cart";

/** `line`: the one to change; none for a new one. `currencies`: those that the shop sells in. */
export function OwnDialog(props: {
  open: boolean;
  line?: Line | undefined;
  currencies: readonly string[];
  onClose: () => void;
}) {
  return (
    <Dialog title={props.line ? "Change this line" : "Something else"} open={props.open} onClose={props.onClose}>
      <OwnForm {...props} />
    </Dialog>
  );
}

const example = (currency: string) => `9${digitsOf(currency) > 0 ? `.${"9".repeat(digitsOf(currency))}` : ""}`;

function priceFault(price: string, currency: string): string {
  const minor = toMinor(price, currency);
  return minor === null || minor === 0n ? `Please enter a price, such as ${example(currency)}.` : "";
}

const faults = (id: string, name: string, price: string, currency: string) => ({
  name: name.trim() === "" ? "Please say what you would like." : "",
  price: priceFault(price, currency) || (refusal(cart.at.value, currency, id) ?? ""),
});

function OwnForm(props: { line?: Line | undefined; currencies: readonly string[]; onClose: () => void }) {
  const { line, currencies } = props;
  const name = useSignal(line?.name ?? "");
  const price = useSignal(line?.unitPrice ?? "");
  const currency = useSignal(line?.currency ?? cart.at.value[0]?.currency ?? currencies[0] ?? "USD");
  const wrong = useSignal({ name: "", price: "" });
  const form = useRef<HTMLFormElement>(null);
  const submit = () => {
    const id = line?.id ?? `own:${freshKey()}`;
    const [called, typed] = [name.value, price.value.trim()];
    const found = faults(id, called, typed, currency.value);
    wrong.value = found;
    if (found.name || found.price) {
      form.current?.querySelectorAll<HTMLInputElement>("input")[found.name ? 0 : 1]?.focus();
      return;
    }
    const quantity = line?.quantity ?? "1";
    cart.change((lines) =>
      withLine(lines, { id, sku: null, name: called, unitPrice: typed, currency: currency.value, quantity }),
    );
    props.onClose();
  };
  return (
    <form
      ref={form}
      noValidate
      class="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p class="text-sm text-soft">Not in our catalogue? Say what you would like, and what you pay for a piece.</p>
      <TextField
        label="What would you like?"
        value={name.value}
        error={wrong.value.name}
        onValue={(value) => {
          name.value = value;
          wrong.value = { ...wrong.value, name: "" };
        }}
      />
      <TextField
        label={`Price per piece, in ${currency.value}`}
        inputMode="decimal"
        placeholder={example(currency.value)}
        value={price.value}
        error={wrong.value.price}
        onValue={(value) => {
          price.value = value;
          wrong.value = { ...wrong.value, price: "" };
        }}
      />
      {currencies.length > 1 && (
        <SelectField
          label="Currency"
          value={currency.value}
          options={currencies.map((each) => [each, each] as const)}
          onValue={(value) => {
            currency.value = value;
          }}
        />
      )}
      <Buttons isNew={line === undefined} onClose={props.onClose} />
    </form>
  );
}

const Buttons = (props: { isNew: boolean; onClose: () => void }) => (
  <div class="flex flex-wrap justify-end gap-3">
    <Button onClick={props.onClose}>Cancel</Button>
    <Button tone="primary" type="submit">
      {props.isNew ? "Add to cart" : "Change"}
    </Button>
  </div>
);
