/** The hops of one order, as they happen, after all that are known of it. */

import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { noteAsked } from "../../kit/curl";
import { Pill, Table, Time, type Tone } from "../../kit/data";
import { Card, Empty, Note } from "../../kit/surfaces";

type Told = {
  seq: number;
  at: string;
  edge: string;
  outcome: "ok" | "retry" | "failed" | "dead";
  attempt: number;
  durationMs: number | null;
  error: string | null;
  replayed: boolean;
};

const TONES: Readonly<Record<Told["outcome"], Tone>> = { ok: "good", retry: "warn", failed: "warn", dead: "bad" };
const MOST = 500;

/** Whether something only read the order, as this page does all the time. */
const isRead = (hop: Told) => hop.edge.startsWith("GET ");

type Link = "connecting" | "open" | "closed";

/** What `/live?orderId=` tells, each hop once; `onHop` is called for those that may have changed something. */
function useHops(orderId: string, onHop: () => void) {
  const hops = useSignal<readonly Told[]>([]);
  const gap = useSignal<string | null>(null);
  const link = useRef(signal<Link>("connecting")).current;
  const call = useRef(onHop);
  call.current = onHop;
  useEffect(() => {
    const path = `/live?orderId=${encodeURIComponent(orderId)}`;
    const known = new Set<number>();
    noteAsked({ method: "GET", path });
    const stream = new EventSource(path);
    const take = (...more: Told[]) => {
      const fresh = more.filter((each) => !known.has(each.seq));
      for (const each of fresh) known.add(each.seq);
      hops.value = [...hops.value, ...fresh].sort((one, other) => one.at.localeCompare(other.at)).slice(-MOST);
      if (fresh.some((each) => !each.replayed && !isRead(each))) call.current();
    };
    const read = (event: Event) => JSON.parse((event as MessageEvent<string>).data);
    stream.addEventListener("hop", (event) => take(read(event)));
    stream.addEventListener("frame", (event) => take(...read(event).samples));
    stream.addEventListener("gap", (event) => {
      gap.value = read(event).reason;
    });
    stream.onopen = () => {
      link.value = "open";
      noteAsked({ method: "GET", path }, 200);
    };
    stream.onerror = () => {
      link.value = stream.readyState === EventSource.CLOSED ? "closed" : "connecting";
    };
    return () => {
      stream.close();
      hops.value = [];
      gap.value = null;
    };
  }, [orderId, hops, gap, link]);
  return { hops, gap, link };
}

const STATES: Readonly<Record<Link, string>> = { connecting: "connecting", open: "live", closed: "not live" };

export function Hops(props: { orderId: string; onHop: () => void }) {
  const { hops, gap, link } = useHops(props.orderId, props.onHop);
  const reads = useSignal(false);
  const shown = reads.value ? hops.value : hops.value.filter((hop) => !isRead(hop));
  return (
    <Card title="Hops" actions={<Pill tone={link.value === "open" ? "good" : "plain"}>{STATES[link.value]}</Pill>}>
      {link.value === "closed" && (
        <Note tone="warn">
          The server ends the live stream: your session may be over, or it has none, as on AWS. The history and the
          execution tell the same.
        </Note>
      )}
      {gap.value !== null && <Note tone="warn">Some hops are not known any more ({gap.value}).</Note>}
      {shown.length === 0 && link.value === "open" && (
        <Empty title="No hops are known of this order">They appear here as soon as something happens to it.</Empty>
      )}
      <label class="mb-3 flex min-h-9 w-fit items-center gap-2 text-sm">
        <input
          type="checkbox"
          class="size-5 accent-accent"
          checked={reads.value}
          onChange={(event) => {
            reads.value = event.currentTarget.checked;
          }}
        />
        Show reads too, such as those of this page
      </label>
      {shown.length > 0 && (
        <div class="max-h-96 overflow-y-auto">
          <Table
            caption="Hops of this order"
            rows={shown}
            rowKey={(hop) => String(hop.seq)}
            columns={[
              { head: "At", cell: (hop) => <Time at={hop.at} /> },
              { head: "Edge", cell: (hop) => <code class="font-mono text-xs">{hop.edge}</code> },
              { head: "Outcome", cell: (hop) => <Pill tone={TONES[hop.outcome]}>{hop.outcome}</Pill> },
              { head: "Attempt", numeric: true, cell: (hop) => hop.attempt },
              {
                head: "ms",
                numeric: true,
                cell: (hop) => (hop.durationMs === null ? "–" : hop.durationMs.toLocaleString()),
              },
              { head: "Error", cell: (hop) => hop.error ?? "" },
            ]}
          />
        </div>
      )}
    </Card>
  );
}
