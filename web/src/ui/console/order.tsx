/** `/console/orders/:orderId`: all about one order, kept up to date, and what may be done about it. */

import { useSignal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { api, got } from "../../api/client";
import { Problem } from "../../api/problem";
import { ButtonLink, Spinner } from "../kit/controls";
import { StatusPill } from "../kit/data";
import { useResource } from "../kit/resource";
import { Card, Empty, PageHead, ProblemNote } from "../kit/surfaces";
import { Act } from "./order/act";
import { Details, History, Items, PaymentFacts, Picture, Shipment } from "./order/details";
import { Edit } from "./order/edit";
import { Execution } from "./order/execution";
import { Hops } from "./order/hops";
import { readOrder, type Version } from "./order/read";
import { Alerts, Ledger, Letters, Mails } from "./order/related";

const REFRESH_MS = 5_000;
/** What happened is read once it is quiet again. */
const QUIET_MS = 300;

export default function View() {
  const { params } = useRoute();
  const orderId = params.orderId ?? "";
  return <Order key={orderId} orderId={orderId} />;
}

function Order(props: { orderId: string }) {
  const { orderId } = props;
  const { route } = useLocation();
  const round = useSignal(0);
  const read = useResource(`order ${orderId}`, () => readOrder(orderId), REFRESH_MS);
  const again = useSoon(() => {
    round.value += 1;
    void read.reload();
  });
  const version = read.data.value;
  const error = read.error.value;
  const gone = error instanceof Problem && error.status === 404;
  if (gone) return <Gone orderId={orderId} />;
  return (
    <>
      <PageHead
        title={`Order …${orderId.slice(-12)}`}
        about={
          version && (
            <>
              <StatusPill status={version.order.status} /> {version.order.total} {version.order.currency}
              {version.order.customerName && `, ${version.order.customerName}`}
            </>
          )
        }
        actions={<ButtonLink href={`/console/live?order=${orderId}`}>Watch it in the live view</ButtonLink>}
      />
      {error !== null && (
        <div class="mb-5">
          <ProblemNote error={error} retry={read.reload} />
        </div>
      )}
      {!version && read.loading.value && <Spinner />}
      {version && (
        <Shown
          version={version}
          round={round.value}
          again={again}
          deleted={() => route(`/console/archive/${orderId}`)}
        />
      )}
    </>
  );
}

function Shown(props: { version: Version; round: number; again: () => void; deleted: () => void }) {
  const { version, again } = props;
  const { order } = version;
  const about = { orderId: order.orderId, version: order.version + props.round };
  return (
    <div class="grid gap-5">
      <div class="grid items-start gap-5 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div class="grid min-w-0 gap-5">
          <Items order={order} />
          <Card title="Payment">
            <PaymentFacts order={order} />
            <Ledger {...about} />
          </Card>
          <History order={order} />
        </div>
        <div class="grid min-w-0 gap-5 max-xl:order-first">
          <Act order={order} onDone={(action) => (action === "delete" ? props.deleted() : again())} />
          <Details order={order} />
          <Shipment order={order} />
          {order.image && <Picture of={order.image} />}
          <Edit version={version} onSaved={again} />
        </div>
      </div>
      <Execution {...about} />
      <Mails {...about} />
      <div class="grid items-start gap-5 xl:grid-cols-2">
        <Letters {...about} />
        <Alerts {...about} />
      </div>
      <Hops orderId={order.orderId} onHop={again} />
    </div>
  );
}

/** Not there: deleted and in the archive, on its way there, or never placed. */
function Gone(props: { orderId: string }) {
  const { orderId } = props;
  const read = useResource(
    `archived ${orderId}`,
    async () => {
      try {
        return { archived: await got(api.GET("/archive/{orderId}", { params: { path: { orderId } } })) };
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return { archived: null };
        throw error;
      }
    },
    REFRESH_MS,
  );
  const found = read.data.value;
  return (
    <>
      <PageHead title={`Order …${orderId.slice(-12)}`} />
      <Card>
        {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
        {found?.archived && (
          <Empty title="This order was deleted">
            By {found.archived.deletedBy}
            {found.archived.deletionReason !== null && `: “${found.archived.deletionReason}”`}. It is kept in the{" "}
            <a href={`/console/archive/${encodeURIComponent(orderId)}`}>archive</a>.
          </Empty>
        )}
        {found && !found.archived && (
          <Empty title="There is no such order">
            It was never placed, or it was deleted and is not in the archive yet, where it goes once its refund is
            settled. Look in the <a href="/console/archive">archive</a>, or at <a href="/console/orders">all orders</a>.
          </Empty>
        )}
      </Card>
    </>
  );
}

/** The same call, once whatever asks for it has been quiet for a moment. */
function useSoon(call: () => void): () => void {
  const latest = useRef(call);
  latest.current = call;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => latest.current(), QUIET_MS);
  }, []);
}
