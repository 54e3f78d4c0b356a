/** What was ordered, for how much, and where it goes. */

import type { ComponentChildren } from "preact";
import { Copied, Facts, Time } from "../kit/data";
import { shownText } from "../kit/money";
import { Card } from "../kit/surfaces";
import { Art } from "./art";
import type { Order, Whole } from "./ask";
import { paid } from "./steps";
import { VerdictText } from "./verdict";

type Fact = readonly [string, ComponentChildren];

export function OrderFacts(props: { order: Order }) {
  const { order } = props;
  const payment = paid(order);
  return (
    <Card title="What you ordered">
      <div class="grid gap-5">
        {order.items.length > 0 && <Items order={order} />}
        <p class="flex flex-wrap items-baseline justify-between gap-3 border-line text-sm text-soft [&:not(:first-child)]:border-t [&:not(:first-child)]:pt-4">
          Total{" "}
          <span class="text-2xl font-bold tracking-tight break-all text-ink tabular-nums">
            {shownText(order.total, order.currency)}
          </span>
        </p>
        <Facts
          of={[
            [
              "Order",
              <span key="id" class="flex flex-wrap items-center gap-2">
                <code class="font-mono text-xs break-all">{order.orderId}</code>
                <Copied text={order.orderId} />
              </span>,
            ],
            ["Placed", <Time key="at" at={order.timestamp} />],
            ...(payment === null ? [] : [["Charged", payment] as const]),
            ...("history" in order ? personal(order) : []),
          ]}
        />
        {"image" in order && order.image && (
          <VerdictText
            verdict={order.image.verdict}
            confidence={order.image.confidence}
            // What the shop would have to set up is of no use here.
            warning={order.image.verdict === "UNCHECKED" ? null : order.image.warning}
          />
        )}
      </div>
    </Card>
  );
}

function Items(props: { order: Order }) {
  const { items, currency } = props.order;
  return (
    <ul class="grid gap-3">
      {items.map((line, index) => {
        const name = line.product ?? line.sku ?? "Item";
        return (
          <li key={index} class="flex items-center gap-3 text-sm">
            <Art name={name} columns={2} rows={2} class="size-10 shrink-0 rounded-control" />
            <span class="min-w-0 grow break-words">
              <span class="text-soft tabular-nums">{line.quantity} ×</span> {name}
            </span>
            <span class="max-w-1/2 shrink-0 text-right break-all tabular-nums">
              {shownText(line.lineTotal, currency)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function personal(order: Whole): Fact[] {
  const { shipment } = order;
  const carried = shipment && [shipment.carrier, shipment.trackingNumber].filter(Boolean).join(" ");
  const facts: readonly (readonly [string, string | null])[] = [
    ["For", order.customerName],
    ["E-mail", order.email],
    ["Description", order.description],
    ["Note", order.note],
    ["Shipment", carried || null],
  ];
  return facts.flatMap(([name, value]): Fact[] =>
    value === null
      ? []
      : [
          [
            name,
            <span key={name} class="break-words whitespace-pre-wrap">
              {value}
            </span>,
          ],
        ],
  );
}
