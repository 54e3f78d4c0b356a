/** `#/orders`: the orders of this browser. */

import { useEffect } from "preact/hooks";
import { Problem } from "../../api/problem";
import { Button, ButtonLink } from "../kit/controls";
import { StatusPill, Time } from "../kit/data";
import { shownText } from "../kit/money";
import { Empty, Note, PageHead } from "../kit/surfaces";
import { readOrder } from "./ask";
import { forgotten, type Mine, mine, note, remember } from "./mine";
import { hashOf } from "./route";

/** So many are asked for anew whenever the list is shown. */
const FRESH = 25;
const SETTLED = new Set(["DELIVERED", "REJECTED", "CANCELLED"]);

export function OrdersPage() {
  useEffect(() => refresh(), []);
  const orders = mine.at.value;
  return (
    <>
      <PageHead
        title="My orders"
        about="The orders of this browser. Whoever uses it can see them; nobody else can, without a link from you or our mails."
      />
      <div class="mb-4 empty:hidden">
        <Forgotten />
      </div>
      {orders.length === 0 ? (
        <Empty title="No orders yet">
          <p class="mb-4">What you order here is listed, and can be followed until it has arrived.</p>
          <ButtonLink tone="primary" href="#/">
            To the products
          </ButtonLink>
        </Empty>
      ) : (
        <ul class="grid gap-3">
          {orders.map((order) => (
            <OrderRow key={order.orderId} order={order} />
          ))}
        </ul>
      )}
    </>
  );
}

/** Without its token an order is shown to nobody, so that a slip has to be undone. */
function Forgotten() {
  const order = forgotten.value;
  useEffect(
    () => () => {
      forgotten.value = null;
    },
    [],
  );
  if (order === null || order.linked) return null;
  return (
    <Note>
      <p class="break-words">Order {order.orderId} is forgotten here. Without a mail or a link nobody can follow it.</p>
      <Button
        small
        class="mt-3"
        onClick={() => {
          remember(order);
          forgotten.value = null;
        }}
      >
        Put it back
      </Button>
    </Note>
  );
}

function OrderRow(props: { order: Mine }) {
  const { orderId, timestamp, status, total, currency } = props.order;
  return (
    <li>
      <a
        href={hashOf(orderId)}
        class="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 rounded-card border border-line bg-card p-4 text-ink no-underline shadow-card hover:border-accent"
      >
        <span class="min-w-0">
          <span class="block font-medium">{timestamp ? <Time at={timestamp} /> : "Order"}</span>
          <span class="block font-mono text-xs break-all text-soft">{orderId}</span>
        </span>
        <span class="flex items-center gap-4">
          {total !== null && currency !== null && (
            <span class="font-semibold tabular-nums">{shownText(total, currency)}</span>
          )}
          {status !== null && <StatusPill status={status} />}
        </span>
      </a>
    </li>
  );
}

/** Ask for what may have moved, one after the other; the answer stops it. */
function refresh(): () => void {
  let on = true;
  const run = async () => {
    const open = mine.at.value.filter((order) => !SETTLED.has(order.status ?? "")).slice(0, FRESH);
    for (const { orderId, orderToken } of open) {
      if (!on) return;
      try {
        const found = await readOrder(orderId, orderToken, null);
        if (found) note(orderId, { status: found.order.status });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        // What cannot be read keeps the status that it was last seen with; its own page says why.
        if (error.status === 0 || error.status === 429 || error.status >= 500) return;
      }
    }
  };
  void run();
  return () => {
    on = false;
  };
}
