/** `/console/archive/:orderId`: a deleted order, as it was, and who deleted it why. */

import { useRoute } from "preact-iso";
import { api, got } from "../../api/client";
import { Problem } from "../../api/problem";
import { ButtonLink, Spinner } from "../kit/controls";
import { Facts, Time } from "../kit/data";
import { useResource } from "../kit/resource";
import { Card, Empty, Note, PageHead, ProblemNote } from "../kit/surfaces";
import { Details, History, Items, PaymentFacts, Picture, Shipment } from "./order/details";

const REFRESH_MS = 2_000;

export default function View() {
  const { params } = useRoute();
  const orderId = params.orderId ?? "";
  const read = useResource(
    `archived ${orderId}`,
    () => got(api.GET("/archive/{orderId}", { params: { path: { orderId } } })),
    REFRESH_MS,
  );
  const order = read.data.value;
  const error = read.error.value;
  const absent = error instanceof Problem && error.status === 404;
  return (
    <>
      <PageHead
        title={`Deleted order …${orderId.slice(-12)}`}
        actions={<ButtonLink href="/console/archive">Archive</ButtonLink>}
      />
      {absent && <Awaited orderId={orderId} />}
      {error !== null && !absent && <ProblemNote error={error} retry={read.reload} />}
      {!order && error === null && <Spinner />}
      {order && (
        <div class="grid items-start gap-5 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
          <div class="grid min-w-0 gap-5">
            <Note>This is how the order was when it was deleted. Nothing changes it any more but an erasure.</Note>
            <Items order={order} />
            <Details order={order} />
            <History order={order} />
          </div>
          <div class="grid min-w-0 gap-5">
            <Card title="Deletion">
              <Facts
                of={[
                  ["Deleted", <Time key="at" at={order.deletedAt} />],
                  ["By", order.deletedBy],
                  ["Reason", order.deletionReason ?? <span class="text-soft">none was given</span>],
                ]}
              />
            </Card>
            <Card title="Payment">
              <PaymentFacts order={order} />
            </Card>
            <Shipment order={order} />
            {order.image && <Picture of={order.image} />}
          </div>
        </div>
      )}
    </>
  );
}

/** Just deleted, or never: it is looked for again by itself. */
const Awaited = (props: { orderId: string }) => (
  <Card>
    <Empty title="It is not in the archive">
      If it was just deleted it appears here by itself, once its refund is settled; a refund that is stuck is under{" "}
      <a href="/console/alerts">alerts</a>. If it was not deleted, it is in{" "}
      <a href={`/console/orders/${encodeURIComponent(props.orderId)}`}>orders</a>.
    </Empty>
  </Card>
);
