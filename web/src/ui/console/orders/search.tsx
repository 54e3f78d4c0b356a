/** How orders are found: by id, by customer and period, by status. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, got } from "../../../api/client";
import { Button, TextField } from "../../kit/controls";
import { type Period, PeriodFields } from "../../kit/period";
import { queryText } from "../../kit/query";
import { useResource } from "../../kit/resource";
import { type Filters, orderIdIn, STATUSES } from "./filters";

const REFRESH_MS = 5_000;

/** An order by its id, however it was pasted. */
export function LookUp() {
  const { route } = useLocation();
  const typed = useSignal("");
  const wrong = useSignal<string | null>(null);
  const open = (event: Event) => {
    event.preventDefault();
    const id = orderIdIn(typed.value);
    wrong.value = id ? null : "No order's id is in this: ord_ and 36 characters.";
    if (id) route(`/console/orders/${id}`);
  };
  return (
    <form onSubmit={open} class="flex flex-wrap items-start gap-3">
      <div class="min-w-0 grow">
        <TextField
          label="Order by id"
          type="search"
          placeholder="ord_…"
          value={typed.value}
          error={wrong.value}
          onValue={(value) => {
            typed.value = value;
          }}
        />
      </div>
      <Button type="submit" class="mt-6.5">
        Open
      </Button>
    </form>
  );
}

/** Customer and period; taken over together. */
export function Search(props: {
  filters: Filters;
  go: (to: Readonly<Record<string, string | null | undefined>>) => void;
}) {
  const { filters, go } = props;
  const customer = useSignal(filters.customer);
  const period = useSignal<Period>({ from: filters.from, to: filters.to });
  useEffect(() => {
    customer.value = filters.customer;
    period.value = { from: filters.from, to: filters.to };
  }, [filters.customer, filters.from, filters.to, customer, period]);
  const apply = (event: Event) => {
    event.preventDefault();
    // A customer's orders are listed whatever their status: there is no index of both.
    const status = customer.value.trim() && !filters.customer ? "" : filters.status;
    go({ status, customer: customer.value.trim(), ...period.value });
  };
  const narrowed = filters.customer || filters.from || filters.to;
  return (
    <form onSubmit={apply} class="grid gap-4">
      <div class="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]">
        <TextField
          label="Customer"
          optional
          value={customer.value}
          hint="A customer id or a whole e-mail; of every status."
          onValue={(value) => {
            customer.value = value;
          }}
        />
        <PeriodFields
          what="placed"
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
        {narrowed && <Button onClick={() => go({ status: filters.status })}>Show all</Button>}
      </div>
    </form>
  );
}

/** How many orders have each status, and the way to them. Counts are of all orders, whatever the period. */
export function Tabs(props: { filters: Filters }) {
  const { filters } = props;
  const counts = useResource("counts", () => got(api.GET("/orders/counts")), REFRESH_MS);
  const known: Readonly<Record<string, number>> | undefined = counts.data.value?.counts;
  const all = known && Object.values(known).reduce((sum, each) => sum + each, 0);
  const { from, to } = filters;
  return (
    <nav aria-label="Orders by status">
      <ul class="flex flex-wrap gap-1.5">
        {["", ...STATUSES].map((status) => {
          const count = status ? known?.[status] : all;
          return (
            <li key={status}>
              <a
                href={`/console/orders${queryText({ status, from, to })}`}
                aria-current={!filters.customer && filters.status === status ? "page" : undefined}
                class="inline-flex min-h-9 items-center gap-2 rounded-full border border-line bg-card px-3 text-sm text-ink no-underline hover:border-accent aria-[current=page]:border-accent aria-[current=page]:bg-wash aria-[current=page]:font-semibold"
              >
                {status || "All"}
                {count !== undefined && <span class="tabular-nums text-soft">{count.toLocaleString()}</span>}
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
