/** `/console/dead-letters`: what was given up, why, and the ways to send it on. */

import { useSignal } from "@preact/signals";
import { api, got } from "../../api/client";
import { stillListed, toggled, type Wanted } from "../../model/redrive";
import { Button, SelectField } from "../kit/controls";
import { Pager } from "../kit/pager";
import { useQuery } from "../kit/query";
import { useResource } from "../kit/resource";
import { Card, Empty, PageHead, ProblemNote } from "../kit/surfaces";
import { FaultsNote } from "./system/faults-note";
import { Letter } from "./system/letter";
import { RedriveDialog } from "./system/redrive-dialog";

/** Each queue, and each consumer of a stream, that has dead letters, with how many. */
async function sources(): Promise<[name: string, dead: number][]> {
  const { queues, streams } = await got(api.GET("/queues"));
  const found: [string, number][] = [
    ...queues.map(({ queue, dead }): [string, number] => [queue, dead]),
    ...streams.map((each): [string, number] => [`${each.stream}>${each.function}`, each.dead]),
  ];
  return found.filter(([, dead]) => dead > 0).sort(([a], [b]) => a.localeCompare(b));
}

export default function View() {
  const { query, go } = useQuery();
  const queue = query.queue ?? "";
  const read = useResource(`${queue} ${query.cursor ?? ""}`, () =>
    got(
      api.GET("/dead-letters", {
        params: { query: { ...(queue && { queue }), ...(query.cursor && { cursor: query.cursor }) } },
      }),
    ),
  );
  const from = useResource("sources", sources);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const wanted = useSignal<Wanted | null>(null);
  const letters = read.data.value?.deadLetters ?? [];
  const picked = stillListed(chosen.value, letters);
  const reload = () => void Promise.all([read.reload(), from.reload()]);
  const counts = new Map(from.data.value);
  if (queue && !counts.has(queue)) counts.set(queue, 0);
  const total = [...counts.values()].reduce((sum, dead) => sum + dead, 0);
  return (
    <>
      <PageHead
        title="Dead letters"
        about="Messages that failed as often as they may. Each is kept whole until it is sent on, or its order goes on another way."
        actions={
          letters.length > 0 && (
            <>
              <Button
                disabled={picked.size === 0}
                onClick={() => {
                  wanted.value = { kind: "ids", ids: [...picked] };
                }}
              >
                Redrive selected ({picked.size})
              </Button>
              <Button
                onClick={() => {
                  wanted.value = queue ? { kind: "queue", queue, max: null } : { kind: "all" };
                }}
              >
                {queue ? "Redrive this queue" : "Redrive all"}
              </Button>
            </>
          )
        }
      />
      <div class="grid gap-4">
        <FaultsNote />
        {read.error.value !== null && <ProblemNote error={read.error.value} retry={reload} />}
        <Card>
          <div class="flex flex-wrap items-end justify-between gap-4">
            <div class="w-full sm:w-80">
              <SelectField
                label="Queue or stream"
                value={queue}
                options={[
                  ["", from.data.value ? `All (${total})` : "All"],
                  ...[...counts].map(([name, dead]): [string, string] => [name, `${name} (${dead})`]),
                ]}
                onValue={(value) => {
                  chosen.value = new Set();
                  go({ queue: value });
                }}
              />
            </div>
            {letters.length > 0 && (
              <Button
                small
                tone="quiet"
                onClick={() => {
                  chosen.value = picked.size > 0 ? new Set() : new Set(letters.map(({ id }) => id));
                }}
              >
                {picked.size > 0 ? "Select none" : "Select this page"}
              </Button>
            )}
          </div>
          {letters.length > 0 && (
            <ul class="mt-4 divide-y divide-line border-t border-line">
              {letters.map((letter) => (
                <Letter
                  key={letter.id}
                  letter={letter}
                  chosen={picked.has(letter.id)}
                  onChosen={() => {
                    chosen.value = toggled(picked, letter.id);
                  }}
                  onRedrive={() => {
                    wanted.value = { kind: "ids", ids: [letter.id] };
                  }}
                />
              ))}
            </ul>
          )}
          {read.data.value && letters.length === 0 && <Nothing queue={queue} />}
          <Pager next={read.data.value?.nextCursor} />
        </Card>
      </div>
      <RedriveDialog
        wanted={wanted.value}
        onDone={reload}
        onClose={() => {
          wanted.value = null;
        }}
      />
    </>
  );
}

const Nothing = (props: { queue: string }) => (
  <Empty title={props.queue ? `Nothing of ${props.queue} was given up` : "Nothing was given up"}>
    <p>
      To see how it looks, <a href="/console/faults?name=process_order&mode=fail">break process_order</a>, or run{" "}
      <code class="font-mono">ordermill faults set process_order fail</code>, and place an order.
    </p>
  </Empty>
);
