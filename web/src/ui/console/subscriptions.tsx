/** `/console/subscriptions`: who is told of deleted orders, and the way to end it. */

import { useSignal } from "@preact/signals";
import { api, got } from "../../api/client";
import type { components } from "../../api/schema";
import { Button, SelectField } from "../kit/controls";
import { Pill, Table, Time } from "../kit/data";
import { Pager } from "../kit/pager";
import { useQuery } from "../kit/query";
import { type Action, useAction, useResource } from "../kit/resource";
import { Card, Dialog, Empty, PageHead, ProblemNote } from "../kit/surfaces";

type Subscription = components["schemas"]["SubscriptionView"];
const STATUSES: readonly Subscription["status"][] = ["PENDING", "CONFIRMED"];

export default function View() {
  const { query, go } = useQuery();
  const status = STATUSES.find((each) => each === query.status);
  const read = useResource(`${status ?? ""} ${query.cursor ?? ""}`, () =>
    got(
      api.GET("/subscriptions", {
        params: { query: { ...(status && { status }), ...(query.cursor && { cursor: query.cursor }) } },
      }),
    ),
  );
  const leaving = useSignal<Subscription | null>(null);
  const remove = useAction(async (subscriptionId: string) => {
    await api.DELETE("/subscriptions/{subscriptionId}", { params: { path: { subscriptionId } } });
    leaving.value = null;
    await read.reload();
  });
  const ask = (one: Subscription) => {
    remove.error.value = null;
    leaving.value = one;
  };
  const found = read.data.value?.subscriptions;
  return (
    <>
      <PageHead title="Subscriptions" about="Who is told by mail when an order is deleted." />
      <div class="grid gap-4">
        {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
        <Card>
          <div class="w-full sm:w-64">
            <SelectField
              label="Status"
              value={status ?? ""}
              options={[
                ["", "All"],
                ["PENDING", "PENDING: not confirmed yet"],
                ["CONFIRMED", "CONFIRMED: is told"],
              ]}
              onValue={(value) => go({ status: value })}
            />
          </div>
          {found && found.length > 0 && <List of={found} onRemove={ask} />}
          {found?.length === 0 && (
            <Empty title={status ? `Nobody is ${status}` : "Nobody has subscribed"}>
              {status ? (
                <a href="/console/subscriptions">All subscriptions</a>
              ) : (
                <p>
                  Whoever wants to be told subscribes in the{" "}
                  <a href="/" target="_self">
                    storefront
                  </a>
                  , and confirms by the link that is mailed.
                </p>
              )}
            </Empty>
          )}
          <Pager next={read.data.value?.nextCursor} />
        </Card>
      </div>
      <Leaving
        who={leaving.value}
        remove={remove}
        onClose={() => {
          leaving.value = null;
        }}
      />
    </>
  );
}

const List = (props: { of: readonly Subscription[]; onRemove: (one: Subscription) => void }) => (
  <div class="mt-4 border-t border-line">
    <Table
      caption="Subscriptions"
      rows={props.of}
      rowKey={({ subscriptionId }) => subscriptionId}
      columns={[
        { head: "Address", cell: ({ email }) => <span class="break-all">{email}</span> },
        {
          head: "Status",
          cell: (each) => <Pill tone={each.status === "CONFIRMED" ? "good" : "info"}>{each.status}</Pill>,
        },
        { head: "Asked for", cell: ({ at }) => <Time at={at} /> },
        { head: "Confirmed", cell: ({ confirmedAt }) => <Time at={confirmedAt} /> },
        {
          head: "Ends",
          cell: (each) => (
            <Button small tone="danger" aria-label={`Remove ${each.email}`} onClick={() => props.onRemove(each)}>
              Remove
            </Button>
          ),
        },
      ]}
    />
  </div>
);

const Leaving = ({
  who,
  remove,
  onClose,
}: {
  who: Subscription | null;
  remove: Action<[string]>;
  onClose: () => void;
}) => (
  <Dialog title="Remove this subscription?" open={who !== null} onClose={onClose}>
    <div class="grid gap-4">
      <p class="break-words">
        <strong>{who?.email}</strong> is told no more of deleted orders, and the address is deleted. Whoever wants to be
        told again has to subscribe anew.
      </p>
      {remove.error.value !== null && <ProblemNote error={remove.error.value} />}
      <div class="flex flex-wrap justify-end gap-3">
        <Button onClick={onClose}>Keep</Button>
        <Button tone="danger" busy={remove.busy.value} onClick={() => who && remove.run(who.subscriptionId)}>
          Remove
        </Button>
      </div>
    </div>
  </Dialog>
);
