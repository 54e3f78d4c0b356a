/** `/console/orders`: the orders by status or customer and period, to look at, act on and export. */

import { useSignal } from "@preact/signals";
import { api, got } from "../../api/client";
import { exportOrders, save } from "../../api/download";
import { Problem } from "../../api/problem";
import type { components } from "../../api/schema";
import { Button, ButtonLink, Spinner } from "../kit/controls";
import { StatusPill, Table, Time } from "../kit/data";
import { Pager } from "../kit/pager";
import { queryText, useQuery } from "../kit/query";
import { useAction, useResource } from "../kit/resource";
import { Card, Empty, Note, PageHead, ProblemNote } from "../kit/surfaces";
import { announce } from "../kit/toast";
import { Bulk } from "./orders/bulk";
import { asked, type Filters, readFilters, refusal, type Status } from "./orders/filters";
import { LookUp, Search, Tabs } from "./orders/search";
import { ShortLink } from "./orders/short-link";

type Order = components["schemas"]["ListedOrderView"];
const REFRESH_MS = 5_000;

export default function View() {
  const { query, go } = useQuery();
  const filters = readFilters(query);
  const wrong = refusal(filters);
  const exporting = useAction(async () => {
    const { cursor: _, ...of } = asked(filters);
    save(await exportOrders(of), `orders${filters.status && `-${filters.status.toLowerCase()}`}.csv`);
    announce("The export is saved");
  });
  return (
    <>
      <PageHead
        title="Orders"
        about="Newest first. Every change is in the order's history, with who made it."
        actions={
          <>
            <Button busy={exporting.busy.value} disabled={wrong !== null} onClick={() => exporting.run()}>
              Export as CSV
            </Button>
            <ButtonLink href="/console/import">Import</ButtonLink>
          </>
        }
      />
      <div class="grid gap-5">
        {exporting.error.value !== null && <ProblemNote error={exporting.error.value} retry={() => exporting.run()} />}
        <Card class="grid gap-5">
          <LookUp />
          <Search filters={filters} go={go} />
        </Card>
        <Tabs filters={filters} />
        {wrong !== null ? (
          <Refused why={wrong} filters={filters} />
        ) : (
          <List key={JSON.stringify(filters)} filters={filters} />
        )}
      </div>
    </>
  );
}

/** What the API would refuse is said before it is asked, with what can be asked instead. */
function Refused(props: { why: string; filters: Filters }) {
  const { status, customer, from, to } = props.filters;
  return (
    <Note tone="warn">
      <p>{props.why}</p>
      {status && customer && (
        <p class="mt-2 flex flex-wrap gap-x-4">
          <a href={`/console/orders${queryText({ status, from, to })}`}>Of this status</a>
          <a href={`/console/orders${queryText({ customer, from, to })}`}>Of this customer</a>
        </p>
      )}
    </Note>
  );
}

function List(props: { filters: Filters }) {
  const { filters } = props;
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const page = useResource(
    `orders ${JSON.stringify(filters)}`,
    () => {
      const { status, ...rest } = asked(filters);
      return got(api.GET("/orders", { params: { query: { ...rest, ...(status && { status: status as Status }) } } }));
    },
    REFRESH_MS,
  );
  const orders = page.data.value?.orders;
  const choose = (ids: readonly string[], on: boolean) => {
    const next = new Set(chosen.value);
    for (const id of ids) on ? next.add(id) : next.delete(id);
    chosen.value = next;
  };
  return (
    <Card class="grid gap-4">
      {page.error.value !== null && <ProblemNote error={page.error.value} retry={page.reload} />}
      {page.error.value instanceof Problem && page.error.value.slug === "invalid-cursor" && (
        <Newest filters={filters} />
      )}
      {orders === undefined && page.loading.value && <Loading />}
      <Bulk
        chosen={chosen.value}
        onClear={() => {
          chosen.value = new Set();
        }}
        onDone={(results) => {
          chosen.value = new Set(results.filter((each) => each.problem !== null).map((each) => each.orderId));
          void page.reload();
        }}
      />
      {orders?.length === 0 && <Nothing filters={filters} />}
      {orders && orders.length > 0 && (
        <>
          <label class="flex min-h-9 w-fit items-center gap-2 text-sm">
            <input
              type="checkbox"
              class="size-5 accent-accent"
              checked={orders.every((each) => chosen.value.has(each.orderId))}
              onChange={(event) =>
                choose(
                  orders.map((each) => each.orderId),
                  event.currentTarget.checked,
                )
              }
            />
            Choose all {orders.length} on this page
          </label>
          <Rows orders={orders} chosen={chosen.value} choose={choose} />
        </>
      )}
      {orders && <Pager next={page.data.value?.nextCursor} />}
    </Card>
  );
}

const Loading = () => (
  <p class="flex items-center gap-3 text-soft" role="status">
    <Spinner /> Reading the orders
  </p>
);

const first = (order: Order) => {
  const [line, ...more] = order.items;
  return `${line?.quantity ?? 0} × ${line?.product ?? line?.sku ?? "?"}${more.length ? ` and ${more.length} more` : ""}`;
};

function Rows(props: {
  orders: readonly Order[];
  chosen: ReadonlySet<string>;
  choose: (ids: readonly string[], on: boolean) => void;
}) {
  return (
    <Table
      caption="Orders"
      rows={props.orders}
      rowKey={(order) => order.orderId}
      columns={[
        {
          head: "Choose",
          cell: (order) => (
            <input
              type="checkbox"
              class="size-5 accent-accent"
              aria-label={`Choose ${order.orderId}`}
              checked={props.chosen.has(order.orderId)}
              onChange={(event) => props.choose([order.orderId], event.currentTarget.checked)}
            />
          ),
        },
        {
          head: "Order",
          cell: (order) => <ShortLink id={order.orderId} />,
        },
        { head: "Status", cell: (order) => <StatusPill status={order.status} /> },
        {
          head: "Customer",
          cell: (order) => (
            <span class="block max-w-56 truncate" title={[order.customerName, order.email].filter(Boolean).join("\n")}>
              {order.customerName ?? order.email ?? order.customerId ?? <span class="text-soft">none named</span>}
            </span>
          ),
        },
        { head: "Items", cell: (order) => <span class="block max-w-64 truncate">{first(order)}</span> },
        { head: "Total", numeric: true, cell: (order) => `${order.total} ${order.currency}` },
        { head: "Placed", cell: (order) => <Time at={order.timestamp} /> },
      ]}
    />
  );
}

const Newest = (props: { filters: Filters }) => (
  <ButtonLink class="w-fit" href={`/console/orders${queryText({ ...props.filters, cursor: null })}`}>
    Newest orders
  </ButtonLink>
);

function Nothing(props: { filters: Filters }) {
  const narrowed = Object.keys(asked(props.filters)).length > 0;
  return narrowed ? (
    <Empty title="No order is like that">
      <a href="/console/orders">Show all orders</a>
    </Empty>
  ) : (
    <Empty title="There are no orders yet">
      Place twenty with <code class="font-mono">ordermill demo</code>, one in the{" "}
      <a href="/" target="_self">
        storefront
      </a>
      , or <a href="/console/import">import</a> a file.
    </Empty>
  );
}
