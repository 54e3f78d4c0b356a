/** `/console/archive`: deleted orders, the last first, and the erasure of a person. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, got } from "../../api/client";
import { Button, ButtonLink, TextField } from "../kit/controls";
import { StatusPill, Table, Time } from "../kit/data";
import { Pager } from "../kit/pager";
import { type Period, PeriodFields } from "../kit/period";
import { queryText, useQuery } from "../kit/query";
import { useResource } from "../kit/resource";
import { Card, Empty, PageHead, ProblemNote } from "../kit/surfaces";
import { Erasure } from "./archive/erasure";
import { asked, readFilters } from "./orders/filters";
import { ShortLink } from "./orders/short-link";

type Filters = { customer: string; from: string; to: string; cursor: string };

export default function View() {
  const { query, go } = useQuery();
  const { status: _, ...filters } = readFilters(query);
  return (
    <>
      <PageHead
        title="Archive"
        about="Deleted orders, whole, the last deleted first."
        actions={
          <ButtonLink href={`/console/reports${queryText({ from: filters.from, to: filters.to })}`}>Report</ButtonLink>
        }
      />
      <div class="grid gap-5">
        <Card>
          <Search filters={filters} go={go} />
        </Card>
        <List filters={filters} />
        <Erasure />
      </div>
    </>
  );
}

function Search(props: { filters: Filters; go: (to: Readonly<Record<string, string>>) => void }) {
  const { filters, go } = props;
  const customer = useSignal(filters.customer);
  const period = useSignal<Period>({ from: filters.from, to: filters.to });
  useEffect(() => {
    customer.value = filters.customer;
    period.value = { from: filters.from, to: filters.to };
  }, [filters.customer, filters.from, filters.to, customer, period]);
  return (
    <form
      class="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        go({ customer: customer.value.trim(), ...period.value });
      }}
    >
      <div class="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]">
        <TextField
          label="Customer"
          optional
          value={customer.value}
          hint="A customer id or a whole e-mail."
          onValue={(value) => {
            customer.value = value;
          }}
        />
        <PeriodFields
          what="deleted"
          value={period.value}
          onValue={(value) => {
            period.value = value;
          }}
        />
      </div>
      <div class="flex flex-wrap gap-2">
        <Button type="submit" tone="primary">
          Find
        </Button>
        {(filters.customer || filters.from || filters.to) && <Button onClick={() => go({})}>Show all</Button>}
      </div>
    </form>
  );
}

function List(props: { filters: Filters }) {
  const { filters } = props;
  const page = useResource(`archive ${JSON.stringify(filters)}`, () =>
    got(api.GET("/archive", { params: { query: asked({ status: "", ...filters }) } })),
  );
  const orders = page.data.value?.orders;
  return (
    <Card>
      {page.error.value !== null && <ProblemNote error={page.error.value} retry={page.reload} />}
      {orders?.length === 0 && (
        <Empty title="No deleted order is here">
          What is deleted in <a href="/console/orders">orders</a> comes here once its refund is settled.
        </Empty>
      )}
      {orders && orders.length > 0 && (
        <Table
          caption="Deleted orders"
          rows={orders}
          rowKey={(order) => order.orderId}
          columns={[
            {
              head: "Order",
              cell: (order) => <ShortLink id={order.orderId} archived />,
            },
            { head: "Status", cell: (order) => <StatusPill status={order.status} /> },
            { head: "Total", numeric: true, cell: (order) => `${order.total} ${order.currency}` },
            { head: "Deleted", cell: (order) => <Time at={order.deletedAt} /> },
            { head: "By", cell: (order) => <code class="font-mono">{order.deletedBy}</code> },
          ]}
        />
      )}
      {orders && <Pager next={page.data.value?.nextCursor} />}
    </Card>
  );
}
