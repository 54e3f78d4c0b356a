/** `/console/mails`: what customers, subscribers and staff are mailed. */

import { api, got } from "../../api/client";
import type { components } from "../../api/schema";
import { Pill, Table, Time } from "../kit/data";
import { OrderLink } from "../kit/links";
import { Pager } from "../kit/pager";
import { useQuery } from "../kit/query";
import { useResource } from "../kit/resource";
import { Card, Empty, PageHead, ProblemNote } from "../kit/surfaces";
import { MAIL_TONES } from "./system/mail-status";
import { OrderFilter } from "./system/order-filter";

export default function View() {
  const { query } = useQuery();
  const read = useResource(
    `${query.orderId ?? ""} ${query.cursor ?? ""}`,
    () =>
      got(
        api.GET("/mails", {
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
  const mails = read.data.value?.mails;
  return (
    <>
      <PageHead
        title="Mails"
        about="A mail is listed once sending it has begun; what waits before that is in mail-queue."
      />
      <div class="grid gap-4">
        {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
        <Card>
          <OrderFilter />
          {mails && mails.length > 0 && <Mails of={mails} />}
          {mails?.length === 0 && (
            <Empty title={query.orderId ? "No mail about this order" : "No mails yet"}>
              {query.orderId ? (
                <a href="/console/mails">All mails</a>
              ) : (
                <p>
                  Place an order with an e-mail address in the{" "}
                  <a href="/" target="_self">
                    storefront
                  </a>
                  , or run <code class="font-mono">ordermill demo</code>.
                </p>
              )}
            </Empty>
          )}
          <Pager next={read.data.value?.nextCursor} />
        </Card>
      </div>
    </>
  );
}

const Mails = (props: { of: readonly components["schemas"]["MailView"][] }) => (
  <div class="mt-4 border-t border-line">
    <Table
      caption="Mails"
      rows={props.of}
      rowKey={({ mailId }) => mailId}
      columns={[
        {
          head: "Subject",
          cell: ({ mailId, subject }) => (
            <a class="block min-w-44 break-words text-accent" href={`/console/mails/${encodeURIComponent(mailId)}`}>
              {subject || "(no subject)"}
            </a>
          ),
        },
        { head: "To", cell: ({ to }) => to ?? <span class="text-soft">no address</span> },
        { head: "Status", cell: ({ status }) => <Pill tone={MAIL_TONES[status]}>{status}</Pill> },
        { head: "Attempts", numeric: true, cell: ({ attempts }) => attempts },
        { head: "Changed", cell: ({ at }) => <Time at={at} /> },
        { head: "About", cell: ({ event }) => event },
        {
          head: "Order",
          cell: ({ orderId }) => (
            <span class="block min-w-44">
              <OrderLink id={orderId} />
            </span>
          ),
        },
      ]}
    />
  </div>
);
