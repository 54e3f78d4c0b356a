/** `#/orders/ord_…`: one order, followed while it changes. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button, ButtonLink, Spinner } from "../kit/controls";
import { StatusPill } from "../kit/data";
import { Card, Empty, Note } from "../kit/surfaces";
import { type Order, readOrder } from "./ask";
import { CancelDialog } from "./cancel";
import { follow, type Trouble } from "./following";
import { find, forget, type Mine, note } from "./mine";
import { OrderFacts } from "./order-facts";
import { remark } from "./ordering";
import { sharedLink } from "./route";
import { Share } from "./share";
import { canCancel, headline, isExit, outcome, stepsOf } from "./steps";
import { Steps } from "./steps-list";

const TROUBLES: Readonly<Record<Trouble, string>> = {
  "": "",
  lost: "The connection is lost. Your order is safe; we keep trying.",
  busy: "The server is busy. Your order is safe; we keep trying.",
  queued: "Much is waiting. Your order is safe; its turn will come.",
  gone: "This order can no longer be shown here.",
  never: "This order can no longer be shown here.",
};

/** What is known of an order that was just placed, until it is read. */
function first(kept: Mine | null): Order | null {
  if (kept === null || kept.timestamp === null || kept.total === null || kept.currency === null) return null;
  const { orderId, timestamp, total, currency } = kept;
  return { orderId, status: "PENDING", items: [], currency, total, timestamp, updatedAt: timestamp, version: 0 };
}

/** The order as it was last read, and how following it goes. */
function useFollowed(orderId: string, token: string | null) {
  const order = useSignal<Order | null>(null);
  const trouble = useSignal<Trouble>("");
  useEffect(() => {
    return follow((etag) => readOrder(orderId, token, etag), {
      shown: (found) => {
        order.value = found;
        const { status, timestamp, total, currency } = found;
        note(orderId, { status, timestamp, total, currency, linked: false });
      },
      trouble: (kind) => {
        trouble.value = kind;
        if (kind === "never" && find(orderId)?.linked) forget(orderId);
      },
    });
  }, [orderId, token, order, trouble]);
  return { order, trouble };
}

export function OrderPage(props: { orderId: string }) {
  const { orderId } = props;
  // What this browser keeps may go while the page is open: the token with which it was opened stays.
  const kept = useRef(find(orderId)).current;
  const token = kept?.orderToken ?? null;
  const { order, trouble } = useFollowed(orderId, token);
  const shown = order.value ?? first(kept);
  if (shown === null) return <Unknown trouble={trouble} linked={kept?.linked === true} />;
  return (
    <>
      <Head order={shown} />
      <div class="grid gap-6 lg:grid-cols-[minmax(0,1fr)_24rem] lg:items-start">
        <div class="grid min-w-0 gap-6">
          <Card>
            <div class="grid gap-4 empty:hidden [&:not(:empty)]:mb-6">
              {isExit(shown.status) && <Note tone="bad">{outcome(shown)}</Note>}
              {remark.value?.orderId === orderId && <Note tone="warn">{remark.value.text}</Note>}
            </div>
            <Steps steps={stepsOf(shown)} />
            <p role="status" class="mt-5 rounded-control bg-warn-wash px-4 py-3 text-sm text-warn empty:hidden">
              {TROUBLES[trouble.value]}
            </p>
          </Card>
          <Actions
            order={shown}
            token={token}
            onCancelled={(found) => {
              order.value = found;
            }}
          />
        </div>
        <OrderFacts order={shown} />
      </div>
    </>
  );
}

function Head(props: { order: Order }) {
  const { status } = props.order;
  const heading = useRef<HTMLHeadingElement>(null);
  const title = headline(status);
  // Once: later it would take the focus from what is being done.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    document.title = `${title} · Ordermill`;
  }, [title]);
  return (
    <div class="mb-6 flex flex-wrap items-center gap-x-4 gap-y-2">
      <h1 ref={heading} tabIndex={-1} class="text-2xl outline-none sm:text-3xl">
        {title}
      </h1>
      <StatusPill status={status} />
      <p role="status" class="sr-only">
        {[title, outcome(props.order)].filter(Boolean).join(". ")}
      </p>
    </div>
  );
}

/** No answer yet, or none that shows an order. */
function Unknown(props: { trouble: Signal<Trouble>; linked: boolean }) {
  const kind = props.trouble.value;
  if (kind === "never") {
    return (
      <Empty
        title={props.linked ? "This link shows no order. Was it copied whole?" : "This order cannot be shown here"}
      >
        <p class="mb-4">It may have been deleted, or the address is not quite right.</p>
        <ButtonLink href="#/orders">My orders</ButtonLink>
      </Empty>
    );
  }
  return (
    <p role="status" class="flex items-center gap-3 py-12 text-soft">
      <Spinner /> {TROUBLES[kind] || "Looking for the order…"}
    </p>
  );
}

function Actions(props: { order: Order; token: string | null; onCancelled: (order: Order) => void }) {
  const { order, token } = props;
  const cancelling = useSignal(false);
  const kept = find(order.orderId) !== null;
  if (token === null) {
    return (
      <Note>
        This browser has no key to this order, so it shows what everybody may see. The link in our mails has the key.
      </Note>
    );
  }
  return (
    <div class="flex flex-wrap items-start gap-3">
      <ButtonLink tone="primary" href="#/">
        Order something else
      </ButtonLink>
      {canCancel(order.status) && (
        <Button
          tone="danger"
          onClick={() => {
            cancelling.value = true;
          }}
        >
          Cancel this order
        </Button>
      )}
      <Share link={sharedLink(order.orderId, token)} />
      {kept && (
        <Button
          tone="quiet"
          onClick={() => {
            forget(order.orderId);
            location.hash = "#/orders";
          }}
        >
          Forget it in this browser
        </Button>
      )}
      <CancelDialog
        open={cancelling.value}
        orderId={order.orderId}
        token={token}
        onClose={() => {
          cancelling.value = false;
        }}
        onCancelled={(found) => {
          cancelling.value = false;
          props.onCancelled(found);
        }}
      />
    </div>
  );
}
