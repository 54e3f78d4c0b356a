/** The same done about every order that is chosen, with what came of each. */

import { useSignal } from "@preact/signals";
import { Button, SelectField } from "../../kit/controls";
import { Pill } from "../../kit/data";
import { useAction } from "../../kit/resource";
import { Dialog, ProblemNote } from "../../kit/surfaces";
import { announce } from "../../kit/toast";
import { ActionFields } from "./action-fields";
import { ACTION_NAMES, ACTIONS, type ActionName, actOnAll, CONSEQUENCES, type Result, type Wanted } from "./actions";

/** How many one request acts on. */
export const MOST_AT_ONCE = 100;

const NOTHING: Wanted = { action: "ship", reason: "", carrier: "", trackingNumber: "" };

/** `onDone` gets the results; who was refused stays chosen. */
export function Bulk(props: { chosen: ReadonlySet<string>; onClear: () => void; onDone: (results: Result[]) => void }) {
  const wanted = useSignal<Wanted>(NOTHING);
  const results = useSignal<Result[]>([]);
  const asking = useSignal(false);
  const name = wanted.value.action;
  const run = useAction(async () => {
    asking.value = false;
    const found = await actOnAll([...props.chosen].slice(0, MOST_AT_ONCE), wanted.value);
    const refused = found.filter((each) => each.problem !== null).length;
    results.value = found;
    wanted.value = { ...NOTHING, action: name };
    announce(`${found.length - refused} of ${found.length} ${ACTIONS[name].done}`);
    props.onDone(found);
  });
  const start = () => {
    if (ACTIONS[name].danger) asking.value = true;
    else void run.run();
  };
  const many = props.chosen.size;
  return (
    <div class="grid gap-4 empty:hidden">
      {many > 0 && (
        <section aria-label="With the chosen orders" class="grid gap-4 rounded-control bg-wash p-4">
          <p class="font-semibold">
            {many} {many === 1 ? "order" : "orders"} chosen
          </p>
          <div class="grid items-start gap-4 sm:grid-cols-2 xl:grid-cols-4">
            <SelectField
              label="Do"
              value={name}
              options={ACTION_NAMES.map((each) => [each, ACTIONS[each].text] as const)}
              onValue={(action) => {
                wanted.value = { ...wanted.value, action: action as ActionName };
              }}
              hint={CONSEQUENCES[name]}
            />
            <ActionFields
              value={wanted.value}
              onValue={(value) => {
                wanted.value = value;
              }}
            />
          </div>
          {run.error.value !== null && <ProblemNote error={run.error.value} />}
          <div class="flex flex-wrap gap-2">
            <Button
              tone={ACTIONS[name].danger ? "danger" : "primary"}
              busy={run.busy.value}
              onClick={start}
            >{`${ACTIONS[name].text} ${many} ${many === 1 ? "order" : "orders"}`}</Button>
            <Button tone="quiet" onClick={props.onClear}>
              Choose none
            </Button>
          </div>
        </section>
      )}
      {results.value.length > 0 && <Results of={results.value} onClose={() => (results.value = [])} />}
      <Dialog
        title={`${ACTIONS[name].text} ${many} orders?`}
        open={asking.value}
        onClose={() => (asking.value = false)}
      >
        <p class="mb-4 text-soft">Of each: {CONSEQUENCES[name]}</p>
        <div class="flex flex-wrap gap-2">
          <Button tone="danger" onClick={() => run.run()}>
            Yes, {ACTIONS[name].text.toLowerCase()} {many}
          </Button>
          <Button onClick={() => (asking.value = false)}>No</Button>
        </div>
      </Dialog>
    </div>
  );
}

function Results(props: { of: readonly Result[]; onClose: () => void }) {
  const refused = props.of.filter((each) => each.problem !== null);
  return (
    <section aria-label="What came of each" class="grid gap-3 rounded-control border border-line p-4 text-sm">
      <div class="flex flex-wrap items-center justify-between gap-2">
        <p class="font-semibold">
          {props.of.length - refused.length} done, {refused.length} refused
        </p>
        <Button small onClick={props.onClose}>
          Close
        </Button>
      </div>
      <ul class="grid max-h-72 gap-2 overflow-y-auto">
        {[...refused, ...props.of.filter((each) => each.problem === null)].map((each) => (
          <li key={each.orderId} class="flex flex-wrap items-baseline gap-x-3">
            <Pill tone={each.problem ? "bad" : "good"}>{each.problem ? "refused" : "done"}</Pill>
            <a class="break-all font-mono" href={`/console/orders/${encodeURIComponent(each.orderId)}`}>
              {each.orderId}
            </a>
            {each.problem && (
              <span class="min-w-0 break-words">
                {each.problem.title}: {each.problem.detail}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
