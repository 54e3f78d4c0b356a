/** `/console/alerts`: what staff is told of, and whether it got there. */

import { api, got } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../kit/controls";
import { Facts, Pill, Table, Time, type Tone } from "../kit/data";
import { NodeLink, OrderLink } from "../kit/links";
import { Pager } from "../kit/pager";
import { useQuery } from "../kit/query";
import { useAction, useResource } from "../kit/resource";
import { Card, Empty, PageHead, ProblemNote } from "../kit/surfaces";
import { HowToBeTold } from "./system/how-to-be-told";
import { OrderFilter } from "./system/order-filter";

type Alert = components["schemas"]["AlertView"];
type Delivery = components["schemas"]["AlertDeliveryView"];

const SEVERITIES: Record<Alert["severity"], Tone> = { critical: "bad", warning: "warn", info: "info" };
const STATUSES: Record<Delivery["status"], Tone> = {
  SENT: "good",
  PENDING: "info",
  UNDELIVERED: "bad",
  SKIPPED: "plain",
};

export default function View() {
  const { query } = useQuery();
  const read = useResource(
    `${query.orderId ?? ""} ${query.cursor ?? ""}`,
    () =>
      got(
        api.GET("/alerts", {
          params: {
            query: {
              ...(query.orderId && { orderId: query.orderId }),
              ...(query.cursor && { cursor: query.cursor }),
            },
          },
        }),
      ),
    10_000,
  );
  const alerts = read.data.value?.alerts;
  const untold = alerts?.every(({ deliveries }) => deliveries.length === 0);
  return (
    <>
      <PageHead
        title="Alerts"
        about="What went wrong for good. Alerts of one function, reason, severity and minute are one entry; order and detail are the first one's."
      />
      <div class="grid gap-4">
        {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
        <Card>
          <OrderFilter />
          {alerts && alerts.length > 0 && (
            <ul class="mt-4 divide-y divide-line border-t border-line">
              {alerts.map((alert) => (
                <One key={alert.alertId} alert={alert} changed={read.reload} />
              ))}
            </ul>
          )}
          {alerts?.length === 0 && (
            <Empty title={query.orderId ? "No alert began with this order" : "No alerts"}>
              {query.orderId ? (
                <p>
                  It may be counted in another order's entry of the same minute.{" "}
                  <a href="/console/alerts">All alerts</a>
                </p>
              ) : (
                <p>
                  To rehearse one, <a href="/console/faults?name=process_order&mode=fail">break process_order</a> and
                  place an order.
                </p>
              )}
            </Empty>
          )}
          <Pager next={read.data.value?.nextCursor} />
        </Card>
        {untold && <HowToBeTold />}
      </div>
    </>
  );
}

function One(props: { alert: Alert; changed: () => Promise<void> }) {
  const { alert } = props;
  const again = useAction(async () => {
    await api.POST("/alerts/{alertId}/redeliver", { params: { path: { alertId: alert.alertId } } });
    await props.changed();
  });
  const failed = alert.deliveries.some(({ status }) => status === "UNDELIVERED");
  return (
    <li class="grid gap-3 py-4">
      <div class="flex flex-wrap items-start justify-between gap-3">
        <div class="min-w-0">
          <p class="flex flex-wrap items-center gap-x-3 gap-y-1">
            <Pill tone={SEVERITIES[alert.severity]}>{alert.severity}</Pill>
            <NodeLink name={alert.function} />
            <strong>{alert.reason}</strong>
            {alert.count > 1 && <span class="text-sm">{alert.count} times</span>}
            <span class="text-sm text-soft">
              <Time at={alert.at} />
            </span>
          </p>
          <p class="mt-1 break-words">{alert.detail}</p>
        </div>
        {failed && (
          <Button small busy={again.busy.value} onClick={() => again.run()}>
            Redeliver
          </Button>
        )}
      </div>
      {again.error.value !== null && <ProblemNote error={again.error.value} />}
      <Facts of={[["Order", <OrderLink key="order" id={alert.orderId} />]]} />
      {alert.deliveries.length > 0 ? (
        <Deliveries of={alert.deliveries} />
      ) : (
        <p class="text-sm text-soft">Recorded, and told nobody.</p>
      )}
    </li>
  );
}

const Deliveries = (props: { of: readonly Delivery[] }) => (
  <Table
    caption="Deliveries"
    rows={props.of}
    rowKey={({ kind, target }) => `${kind} ${target}`}
    columns={[
      { head: "Target", cell: ({ target, kind }) => `${target} (${kind})` },
      { head: "Status", cell: ({ status }) => <Pill tone={STATUSES[status]}>{status}</Pill> },
      { head: "Attempts", numeric: true, cell: ({ attempts }) => attempts },
      { head: "Last error", cell: ({ error }) => error ?? "–" },
      { head: "Changed", cell: ({ at }) => <Time at={at} /> },
    ]}
  />
);
