/** One dead letter: what failed and why; opened, its message and who sent its order on before. */

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { api, got } from "../../../api/client";
import type { components } from "../../../api/schema";
import { Button } from "../../kit/controls";
import { Copied, Facts, Pill, Table, Time } from "../../kit/data";
import { Json } from "../../kit/json";
import { NodeLink, OrderLink } from "../../kit/links";
import { useResource } from "../../kit/resource";
import { ProblemNote } from "../../kit/surfaces";

type DeadLetter = components["schemas"]["DeadLetterView"];

export function Letter(props: { letter: DeadLetter; chosen: boolean; onChosen: () => void; onRedrive: () => void }) {
  const { letter } = props;
  const open = useSignal(false);
  const title = useId();
  return (
    <li class="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 py-4" aria-labelledby={title}>
      <input
        type="checkbox"
        class="mt-1 size-5 accent-accent"
        aria-label={`Select ${letter.id}`}
        checked={props.chosen}
        onChange={props.onChosen}
      />
      <div class="grid min-w-0 gap-3">
        <div class="flex flex-wrap items-start justify-between gap-3">
          <div class="min-w-0">
            <p id={title} class="flex flex-wrap items-center gap-x-3 gap-y-1">
              <NodeLink name={letter.function} />
              {letter.redrives > 0 && <Pill tone="warn">redriven {letter.redrives}×</Pill>}
              <span class="text-sm text-soft">
                <Time at={letter.at} />
              </span>
            </p>
            <p class="mt-1 break-words font-medium text-bad">{letter.error}</p>
          </div>
          <Button small onClick={props.onRedrive}>
            Redrive
          </Button>
        </div>
        <Facts
          of={[
            ["Order", <OrderLink key="order" id={letter.orderId} />],
            ["From", <span key="queue">{letter.queue}</span>],
            ["Received", `${letter.receives} times`],
          ]}
        />
        <details
          onToggle={(event) => {
            open.value = event.currentTarget.open;
          }}
        >
          <summary class="cursor-pointer text-sm font-medium text-accent">Message and history</summary>
          {open.value && (
            <div class="mt-3 grid gap-4">
              <p class="flex flex-wrap items-center gap-2 break-all font-mono text-xs text-soft">
                {letter.id} <Copied text={letter.id} label="Copy the id" />
              </p>
              <Json value={letter.payload} label="The whole message" />
              {letter.orderId ? (
                <Audit orderId={letter.orderId} />
              ) : (
                <p class="text-sm text-soft">It is about no order, so no history has it.</p>
              )}
            </div>
          )}
        </details>
      </div>
    </li>
  );
}

/** What staff did with the order, and what made it fail, as its history has it. */
function Audit(props: { orderId: string }) {
  const read = useResource(props.orderId, () =>
    got(api.GET("/orders/{orderId}/history", { params: { path: { orderId: props.orderId } } })),
  );
  if (read.error.value !== null) return <ProblemNote error={read.error.value} retry={read.reload} />;
  const entries = (read.data.value?.history ?? []).filter(({ by, status }) => by === "staff" || status === "FAILED");
  if (!read.data.value) return <p class="text-sm text-soft">Reading the order's history…</p>;
  if (entries.length === 0) return <p class="text-sm text-soft">Nobody has sent this order on yet.</p>;
  return (
    <div>
      <h3 class="text-sm text-soft">When the order failed, and what staff did</h3>
      <Table
        caption="When the order failed, and what staff did"
        rows={entries}
        rowKey={({ seq }) => String(seq)}
        columns={[
          { head: "When", cell: ({ at }) => <Time at={at} /> },
          { head: "By", cell: ({ by }) => by },
          { head: "To", cell: ({ status }) => status },
          { head: "Why", cell: ({ reason }) => reason ?? "–" },
        ]}
      />
    </div>
  );
}
