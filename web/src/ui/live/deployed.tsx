/** The live view of a deployment: nothing is streamed there, so what happened to orders is replayed from their histories. */

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, got } from "../../api/client";
import { edgesOf, historyOf } from "../../feed/history";
import { recordedFeed } from "../../feed/recorded";
import type { Topology } from "../../layout/topology";
import { Button, Spinner, TextField } from "../kit/controls";
import { useResource } from "../kit/resource";
import { Card, Empty, PageHead, ProblemNote } from "../kit/surfaces";
import { LiveView } from "./view";

/** So many of the latest orders are replayed where none is named. */
const LATEST = 20;

const historyRead = async (orderId: string) =>
  (await got(api.GET("/orders/{orderId}/history", { params: { path: { orderId } } }))).history;

/** `?orderId=` names the order; without it the latest ones are shown together. */
export function Deployed(props: { pipeline: string; region: string }) {
  const { pipeline, region } = props;
  const named = useLocation().query.orderId ?? "";
  const read = useResource(`history ${named}`, async () => {
    const topology = (await got(api.GET("/topology"))) as unknown as Topology;
    const orderIds = named ? [named] : await latest();
    const events = [];
    for await (const event of historyOf(orderIds, edgesOf(topology, pipeline), historyRead)) events.push(event);
    return { topology, events };
  });
  const found = read.data.value;
  const feed = useMemo(() => recordedFeed(found?.events ?? []), [found]);
  return (
    <>
      <PageHead
        title="Live view"
        about={`What happened on AWS in ${region}, replayed from the history of ${named ? "one order" : "the latest orders"}.`}
      />
      <Choice key={named} named={named} />
      {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
      {!found && read.loading.value && <Spinner />}
      {found && found.events.length === 0 && (
        <Card>
          <Empty title="No orders yet">
            Place one in the{" "}
            <a href="/" target="_self">
              storefront
            </a>
            , then come back.
          </Empty>
        </Card>
      )}
      {found && found.events.length > 0 && (
        <LiveView key={named} topology={found.topology} pipeline={pipeline} mode="aws" feed={feed} />
      )}
    </>
  );
}

async function latest(): Promise<string[]> {
  const { orders } = await got(api.GET("/orders", { params: { query: { limit: LATEST } } }));
  return orders.map((order) => order.orderId);
}

function Choice(props: { named: string }) {
  const { route } = useLocation();
  const typed = useSignal(props.named);
  const show = (orderId: string) =>
    route(orderId ? `/console/live?orderId=${encodeURIComponent(orderId)}` : "/console/live");
  return (
    <form
      class="mb-4 flex flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        show(typed.value.trim());
      }}
    >
      <TextField
        label="Replay an order, by its id"
        value={typed.value}
        onValue={(value) => {
          typed.value = value;
        }}
      />
      <Button type="submit">Replay</Button>
      {props.named && <Button onClick={() => show("")}>The latest orders</Button>}
    </form>
  );
}
