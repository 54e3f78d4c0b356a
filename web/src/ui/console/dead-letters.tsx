/** `/console/dead-letters`: what was given up, why, and the ways to send it on. */

import { useSignal } from "@preact/signals";
import { api, got } from "../../api/client";
import { stillListed, toggled, type Wanted } from "../../model/redrive";
import { Button, SelectField } from "../kit/controls";
import { OrderLink } from "../kit/links";
import { Pager } from "../kit/pager";
import { queryText, useQuery } from "../kit/query";
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

/** The page of letters that the address asks for. `queue` and `orderId` exclude each other, as the API says. */
function readLetters(query: Readonly<Record<string, string>>) {
  const { queue, orderId, cursor } = query;
  const asked = { ...(queue && { queue }), ...(orderId && { orderId }), ...(cursor && { cursor }) };
  return got(api.GET("/dead-letters", { params: { query: asked } }));
}

export default function View() {
  const { query } = useQuery();
  const { queue, orderId } = query;
  const read = useResource(queryText(query), () => readLetters(query));
  const from = useResource("sources", sources);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const wanted = useSignal<Wanted | null>(null);
  const letters = read.data.value?.deadLetters ?? [];
  const picked = stillListed(chosen.value, letters);
  const reload = () => void Promise.all([read.reload(), from.reload()]);
  const redrive = (what: Wanted) => {
    wanted.value = what;
  };
  const choose = (ids: ReadonlySet<string>) => {
    chosen.value = ids;
  };
  return (
    <>
      <PageHead
        title="Dead letters"
        about="Messages that failed as often as they may. Each is kept whole until it is sent on, or its order goes on another way."
        actions={letters.length > 0 && <Ways picked={picked} queue={queue} orderId={orderId} onWanted={redrive} />}
      />
      <div class="grid gap-4">
        <FaultsNote />
        {read.error.value !== null && <ProblemNote error={read.error.value} retry={reload} />}
        <Card>
          <div class="flex flex-wrap items-end justify-between gap-4">
            {orderId ? <OneOrder orderId={orderId} /> : <Sources of={from.data.value} queue={queue ?? ""} />}
            {letters.length > 0 && (
              <Button
                small
                tone="quiet"
                onClick={() => choose(new Set(picked.size > 0 ? [] : letters.map(({ id }) => id)))}
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
                  onChosen={() => choose(toggled(picked, letter.id))}
                  onRedrive={() => redrive({ kind: "ids", ids: [letter.id] })}
                />
              ))}
            </ul>
          )}
          {read.data.value && letters.length === 0 && <Nothing of={orderId ? "this order" : queue} />}
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

/** Those selected, or all that the list is of. */
const Ways = (props: {
  picked: ReadonlySet<string>;
  queue: string | undefined;
  orderId: string | undefined;
  onWanted: (wanted: Wanted) => void;
}) => (
  <>
    <Button disabled={props.picked.size === 0} onClick={() => props.onWanted({ kind: "ids", ids: [...props.picked] })}>
      Redrive selected ({props.picked.size})
    </Button>
    {props.queue && (
      <Button onClick={() => props.onWanted({ kind: "queue", queue: props.queue ?? "", max: null })}>
        Redrive this queue
      </Button>
    )}
    {!props.queue && !props.orderId && <Button onClick={() => props.onWanted({ kind: "all" })}>Redrive all</Button>}
  </>
);

const OneOrder = (props: { orderId: string }) => (
  <p class="flex min-w-0 flex-wrap items-center gap-3 text-sm">
    Of order <OrderLink id={props.orderId} /> <a href="/console/dead-letters">All dead letters</a>
  </p>
);

function Sources(props: { of: [name: string, dead: number][] | undefined; queue: string }) {
  const { go } = useQuery();
  const counts = new Map(props.of);
  if (props.queue && !counts.has(props.queue)) counts.set(props.queue, 0);
  const total = [...counts.values()].reduce((sum, dead) => sum + dead, 0);
  return (
    <div class="w-full sm:w-80">
      <SelectField
        label="Queue or stream"
        value={props.queue}
        options={[
          ["", props.of ? `All (${total})` : "All"],
          ...[...counts].map(([name, dead]): [string, string] => [name, `${name} (${dead})`]),
        ]}
        onValue={(value) => go({ queue: value })}
      />
    </div>
  );
}

const Nothing = (props: { of: string | undefined }) => (
  <Empty title={props.of ? `Nothing of ${props.of} was given up` : "Nothing was given up"}>
    <p>
      To see how it looks, <a href="/console/faults?name=process_order&mode=fail">break process_order</a>, or run{" "}
      <code class="font-mono">ordermill faults set process_order fail</code>, and place an order.
    </p>
  </Empty>
);
