/** `#/cart`: what is in the cart, who it is for, and the order's button. */

import { useEffect, useRef } from "preact/hooks";
import { Button, ButtonLink, Field, INPUT, TextField } from "../kit/controls";
import { Card, Empty, Note, PageHead } from "../kit/surfaces";
import { cart, currencyOf, type Product, totalText } from "./cart";
import { CartLines } from "./cart-lines";
import { change, draft } from "./draft";
import { busy, faults, findOut, forgive, notice, order, refusal } from "./ordering";
import { PaymentChoice } from "./payment";
import { PictureField } from "./picture-field";

export function Checkout(props: { products: readonly Product[] }) {
  const lines = cart.at.value;
  const form = useRef<HTMLFormElement>(null);
  const { count } = refusal.value;
  useEffect(() => {
    if (count > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [count]);
  useEffect(
    () => () => {
      refusal.value = { count: 0, type: "" };
    },
    [],
  );
  if (lines.length === 0) {
    return (
      <>
        <PageHead title="Your cart" />
        <OrderNotice />
        <Empty title="Your cart is empty">
          <p class="mb-4">What you add is kept in this browser until you order.</p>
          <ButtonLink tone="primary" href="#/">
            To the products
          </ButtonLink>
        </Empty>
      </>
    );
  }
  return (
    <>
      <PageHead title="Your cart" about={`One order, in ${currencyOf(lines)}. Nothing is sent before you place it.`} />
      <div class="grid gap-6 lg:grid-cols-[minmax(0,1fr)_22rem] lg:items-start">
        <form
          id="checkout"
          ref={form}
          noValidate
          inert={busy.value}
          class="grid min-w-0 gap-6"
          onSubmit={(event) => {
            event.preventDefault();
            document.getElementById("place")?.focus();
            void order();
          }}
        >
          <Problems />
          <Card title="What">
            <CartLines lines={lines} products={props.products} />
          </Card>
          <Card title="Who and how">
            <Details />
          </Card>
          <Card title="Picture">
            <PictureField lines={lines} />
          </Card>
          <PaymentChoice />
        </form>
        <Summary />
      </div>
    </>
  );
}

/** What belongs to no field. */
function Problems() {
  const { rest, at } = faults.value;
  const { type, count } = refusal.value;
  const note = useRef<HTMLDivElement>(null);
  const alone = at.size === 0;
  useEffect(() => {
    if (count > 0 && alone) note.current?.focus();
  }, [count, alone]);
  if (rest.length === 0) return null;
  return (
    <div ref={note} tabIndex={-1}>
      <Note tone="bad">
        {rest.join(" ")}{" "}
        {type.startsWith("/problems/") && (
          <a href={type} class="text-inherit">
            What does this mean?
          </a>
        )}
      </Note>
    </div>
  );
}

function Details() {
  const { customerName, email, note, description } = draft.at.value;
  const { at } = faults.value;
  return (
    <div class="grid gap-5">
      <div class="grid gap-5 sm:grid-cols-2">
        <TextField
          label="Name"
          optional
          autocomplete="name"
          value={customerName}
          error={at.get("customerName")}
          onValue={(value) => {
            change({ customerName: value });
            forgive("customerName");
          }}
        />
        <TextField
          label="E-mail"
          optional
          type="email"
          autocomplete="email"
          hint="Where the confirmation goes."
          value={email}
          error={at.get("email")}
          onValue={(value) => {
            change({ email: value });
            forgive("email");
          }}
        />
      </div>
      <Area
        label="Description"
        hint="What it should be like, in your own words. A picture is compared with it."
        rows={2}
        value={description}
        error={at.get("description")}
        onValue={(value) => {
          change({ description: value });
          forgive("description");
        }}
      />
      <Area
        label="Note"
        hint="For us, such as when to ring."
        rows={2}
        value={note}
        error={at.get("note")}
        onValue={(value) => {
          change({ note: value });
          forgive("note");
        }}
      />
    </div>
  );
}

function Area(props: {
  label: string;
  hint: string;
  rows: number;
  value: string;
  error: string | undefined;
  onValue: (value: string) => void;
}) {
  return (
    <Field label={props.label} hint={props.hint} error={props.error} optional>
      {(described) => (
        <textarea
          {...described}
          rows={props.rows}
          class={`${INPUT} resize-y`}
          value={props.value}
          onInput={(event) => props.onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function Summary() {
  const lines = cart.at.value;
  return (
    <Card class="lg:sticky lg:top-24" title="Summary">
      <div class="grid gap-4">
        <p class="flex flex-wrap items-baseline justify-between gap-3 text-sm text-soft">
          Total{" "}
          <output class="text-3xl font-bold tracking-tight break-all text-ink tabular-nums">{totalText(lines)}</output>
        </p>
        {/* Not `disabled` while it is under way: it would lose the focus. */}
        <Button
          id="place"
          type="submit"
          form="checkout"
          tone="primary"
          busy={busy.value}
          class="min-h-12 w-full text-base"
        >
          {busy.value ? "Placing your order…" : "Place order"}
        </Button>
        <OrderNotice />
        <p class="text-sm text-soft">You see at once whether it arrived, and can cancel while it is being processed.</p>
      </div>
    </Card>
  );
}

function OrderNotice() {
  const said = notice.value;
  if (said === null) return null;
  return (
    <Note tone={said.tone}>
      <p>{said.text}</p>
      {said.retry && (
        <Button small class="mt-3" busy={busy.value} onClick={() => void findOut()}>
          Try again
        </Button>
      )}
    </Note>
  );
}
