/** What an order says of itself; the archive shows its orders by the same. */

import { api, got } from "../../../api/client";
import type { components } from "../../../api/schema";
import { Copied, Facts, Pill, StatusPill, Table, Time, type Tone } from "../../kit/data";
import { useResource } from "../../kit/resource";
import { Card, ProblemNote } from "../../kit/surfaces";
import type { Order } from "./read";

const None = () => <span class="text-soft">–</span>;

export const Details = (props: { order: Order }) => {
  const { order } = props;
  return (
    <Card title="Details">
      <Facts
        of={[
          ["Id", <Id key="id" of={order.orderId} />],
          ["Status", <StatusPill key="status" status={order.status} />],
          ["Reason", order.reason ? `${order.reason}${order.reasonDetail ? `: ${order.reasonDetail}` : ""}` : <None />],
          ["Customer", order.customerName ?? <None />],
          ["Customer id", order.customerId ? <Customer key="c" of={order.customerId} /> : <None />],
          ["E-mail", order.email ? <Customer key="e" of={order.email} /> : <None />],
          ["Description", <Long key="d" of={order.description} />],
          ["Note", <Long key="n" of={order.note} />],
          ["Placed", <Time key="t" at={order.timestamp} />],
          ["Changed", <Time key="u" at={order.updatedAt} />],
          ["Version", String(order.version)],
        ]}
      />
    </Card>
  );
};

const Id = (props: { of: string }) => (
  <span class="flex flex-wrap items-center gap-2">
    <code class="break-all font-mono">{props.of}</code> <Copied text={props.of} />
  </span>
);

const Customer = (props: { of: string }) => (
  <a
    class="break-all text-accent"
    title="All orders of this customer"
    href={`/console/orders?customer=${encodeURIComponent(props.of)}`}
  >
    {props.of}
  </a>
);

const Long = (props: { of: string | null }) =>
  props.of ? <span class="whitespace-pre-wrap break-words">{props.of}</span> : <None />;

export const Items = (props: { order: Order }) => {
  const { order } = props;
  return (
    <Card title="Items">
      <Table
        caption="Items"
        rows={order.items.map((item, at) => ({ ...item, at }))}
        rowKey={(item) => String(item.at)}
        columns={[
          { head: "Product", cell: (item) => <span class="break-words">{item.product ?? <None />}</span> },
          { head: "SKU", cell: (item) => (item.sku ? <code class="font-mono">{item.sku}</code> : <None />) },
          { head: "Quantity", numeric: true, cell: (item) => item.quantity.toLocaleString() },
          { head: "Unit price", numeric: true, cell: (item) => item.unitPrice },
          { head: "Total", numeric: true, cell: (item) => item.lineTotal },
        ]}
      />
      <p class="mt-3 text-right text-lg font-semibold tabular-nums">
        {order.total} {order.currency}
      </p>
    </Card>
  );
};

/** What the order says of its money; the ledger is the gateway's own word. */
export const PaymentFacts = (props: { order: Order }) => {
  const { payment, compensation, attempt, currency } = props.order;
  return (
    <Facts
      of={[
        ["Payment", <Pill key="p">{payment.status}</Pill>],
        ["Captured", `${payment.captured} ${currency}`],
        ["Refunded", `${payment.refunded} ${currency}`],
        [
          "Refund",
          <Pill key="c" tone={compensation === "STUCK" ? "bad" : "plain"}>
            {compensation}
          </Pill>,
        ],
        ["Attempt", String(attempt)],
      ]}
    />
  );
};

export const Shipment = (props: { order: Order }) => {
  const { shipment } = props.order;
  if (!shipment) return null;
  return (
    <Card title="Shipment">
      <Facts
        of={[
          ["Carrier", shipment.carrier ?? <None />],
          ["Tracking number", shipment.trackingNumber ?? <None />],
          ["Shipped", <Time key="s" at={shipment.shippedAt} />],
          ["Delivered", <Time key="d" at={shipment.deliveredAt} />],
        ]}
      />
    </Card>
  );
};

export const History = (props: { order: Order }) => (
  <Card title="History">
    <ol class="grid gap-0">
      {props.order.history.map((entry) => (
        <li key={entry.seq} class="grid gap-1 border-l-2 border-line py-2 pl-4 text-sm">
          <p class="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span class="tabular-nums text-soft">{entry.seq}</span>
            <StatusPill status={entry.status} />
            <span>
              by <code class="font-mono">{entry.by}</code>
            </span>
            <Time at={entry.at} />
          </p>
          {entry.changed.length > 0 && <p class="text-soft">Changed: {entry.changed.join(", ")}</p>}
          {entry.reason !== null && <p class="break-words">{entry.reason}</p>}
        </li>
      ))}
    </ol>
  </Card>
);

const VERDICTS: Readonly<Record<components["schemas"]["Verdict"], Tone>> = {
  MATCH: "good",
  MISMATCH: "bad",
  INCONCLUSIVE: "warn",
  UNCHECKED: "plain",
};

/** What the customer's picture was judged to show, and the picture. */
export function Picture(props: { of: NonNullable<Order["image"]> }) {
  const { imageId, verdict, confidence, labels, warning } = props.of;
  const read = useResource(`image ${imageId}`, () =>
    got(api.GET("/images/{imageId}", { params: { path: { imageId } } })),
  );
  const image = read.data.value;
  const ours = image && new URL(image.url, location.href).origin === location.origin;
  return (
    <Card title="Picture" actions={<Pill tone={VERDICTS[verdict]}>{verdict}</Pill>}>
      <div class="grid gap-4 text-sm">
        {warning !== null && <p class="break-words">{warning}</p>}
        {confidence !== null && <p>Confidence {Math.round(confidence * 100)} %</p>}
        {labels.length > 0 && (
          <p class="break-words">
            Seen: {labels.map((each) => `${each.name} ${Math.round(each.confidence * 100)} %`).join(", ")}
          </p>
        )}
        {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
        {image &&
          (ours ? (
            <img
              class="max-h-80 max-w-full rounded-control border border-line object-contain"
              src={image.url}
              width={image.width}
              height={image.height}
              alt="What the customer uploaded"
            />
          ) : (
            <a class="text-accent" href={image.url}>
              Open the picture
            </a>
          ))}
      </div>
    </Card>
  );
}
