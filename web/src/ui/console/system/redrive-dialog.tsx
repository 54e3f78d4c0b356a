/** Sends dead letters on, after it has said what would go and what would stay. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, got } from "../../../api/client";
import { bodyOf, goingOn, MOST_AT_ONCE, maxOf, type Redriven, type Wanted } from "../../../model/redrive";
import { Button, TextField } from "../../kit/controls";
import { useAction } from "../../kit/resource";
import { Dialog, Note, ProblemNote } from "../../kit/surfaces";

export function RedriveDialog(props: { wanted: Wanted | null; onDone: () => void; onClose: () => void }) {
  return (
    <Dialog title="Redrive" open={props.wanted !== null} onClose={props.onClose}>
      {props.wanted && <Redrive {...props} wanted={props.wanted} />}
    </Dialog>
  );
}

const letters = (count: number) => `${count.toLocaleString("en")} ${count === 1 ? "letter" : "letters"}`;

function Redrive(props: { wanted: Wanted; onDone: () => void; onClose: () => void }) {
  const { wanted } = props;
  const typed = useSignal("");
  const told = useSignal<Redriven | null>(null);
  const done = useSignal<Redriven | null>(null);
  const max = maxOf(typed.value);
  const limited: Wanted = wanted.kind === "queue" ? { ...wanted, max: max ?? null } : wanted;
  const send = (dryRun: boolean) => got(api.POST("/dead-letters/redrive", { body: bodyOf(limited, dryRun) }));
  const look = useAction(async () => {
    told.value = await send(true);
  });
  const act = useAction(async () => {
    done.value = await send(false);
    props.onDone();
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at once as it opens, then when it is asked for.
  useEffect(() => void look.run(), []);
  const answer = done.value ?? told.value;
  const error = act.error.value ?? look.error.value;
  return (
    <div class="grid gap-4" aria-live="polite">
      {wanted.kind === "queue" && !done.value && (
        <div class="flex flex-wrap items-end gap-3">
          <TextField
            label="At most"
            type="number"
            optional
            value={typed.value}
            error={max === undefined ? `A whole number from 1 to ${MOST_AT_ONCE}` : null}
            hint="The oldest of the queue go first."
            onValue={(value) => {
              typed.value = value;
              told.value = null;
            }}
          />
          <Button busy={look.busy.value} disabled={max === undefined} onClick={() => look.run()}>
            Look again
          </Button>
        </div>
      )}
      {error !== null && <ProblemNote error={error} retry={done.value ? undefined : () => void look.run()} />}
      {!answer && error === null && <p class="text-soft">Finding out what would go…</p>}
      {answer && <Outcome wanted={limited} answer={answer} done={done.value !== null} />}
      <div class="flex flex-wrap justify-end gap-3">
        <Button onClick={props.onClose}>{done.value ? "Close" : "Cancel"}</Button>
        {!done.value && (
          <Button
            tone="primary"
            busy={act.busy.value}
            disabled={!told.value || told.value.redriven === 0}
            onClick={() => act.run()}
          >
            {told.value ? `Redrive ${letters(told.value.redriven)}` : "Redrive"}
          </Button>
        )}
      </div>
    </div>
  );
}

function Outcome(props: { wanted: Wanted; answer: Redriven; done: boolean }) {
  const { answer, done } = props;
  const ids = goingOn(props.wanted, answer);
  return (
    <>
      <Note tone={answer.redriven === 0 ? "warn" : "info"}>
        {letters(answer.redriven)} {done ? "sent on" : "would go"}
        {answer.refused.length > 0 && `, ${letters(answer.refused.length)} ${done ? "stayed" : "would stay"}`}
        {answer.remaining > 0 && `; ${letters(answer.remaining)} more wait for another request`}.
      </Note>
      {ids !== null && ids.length > 0 && (
        <ul class="max-h-40 overflow-y-auto font-mono text-xs">
          {ids.map((id) => (
            <li key={id} class="break-all">
              {id}
            </li>
          ))}
        </ul>
      )}
      {answer.refused.length > 0 && (
        <div>
          <h3 class="text-sm text-soft">{done ? "Refused" : "Would be refused"}</h3>
          <ul class="mt-1 grid max-h-60 gap-2 overflow-y-auto text-sm">
            {answer.refused.map(({ id, reason }) => (
              <li key={id}>
                <span class="break-all font-mono text-xs">{id}</span>
                <br />
                {reason}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
