/** What may be done about the order as it stands; each asks for what it needs and says what it does. */

import { useSignal } from "@preact/signals";
import { Button } from "../../kit/controls";
import { useAction } from "../../kit/resource";
import { Card, ProblemNote } from "../../kit/surfaces";
import { announce } from "../../kit/toast";
import { ActionFields } from "../orders/action-fields";
import { ACTIONS, type ActionName, act, allowed, CONSEQUENCES, type Wanted } from "../orders/actions";
import { usePaletteActions } from "../palette/actions";
import type { Order } from "./read";

export function Act(props: { order: Order; onDone: (action: ActionName) => void }) {
  const { orderId, status } = props.order;
  const wanted = useSignal<Wanted | null>(null);
  const start = (action: ActionName) => {
    wanted.value = { action, reason: "", carrier: "", trackingNumber: "" };
  };
  const run = useAction(async (asked: Wanted) => {
    await act(orderId, asked);
    announce(`The order is ${ACTIONS[asked.action].done}`);
    wanted.value = null;
    props.onDone(asked.action);
  });
  const can = allowed(status);
  usePaletteActions(
    `act ${orderId} ${status}`,
    can.map((name) => ({ text: `${ACTIONS[name].text} this order`, run: () => start(name) })),
  );
  const asked = wanted.value;
  return (
    <Card title="Do">
      <div class="flex flex-wrap gap-2">
        {can.map((name) => (
          <Button
            key={name}
            tone={ACTIONS[name].danger ? "danger" : "primary"}
            aria-expanded={asked?.action === name}
            onClick={() => start(name)}
          >
            {ACTIONS[name].text}
          </Button>
        ))}
      </div>
      {can.length === 0 && <p class="text-sm text-soft">Nothing can be done about an order that is {status}.</p>}
      {asked && (
        <form
          class="mt-4 grid gap-4 border-t border-line pt-4"
          aria-label={ACTIONS[asked.action].text}
          onSubmit={(event) => {
            event.preventDefault();
            void run.run(asked);
          }}
        >
          <p class="text-sm text-soft">{CONSEQUENCES[asked.action]}</p>
          {!can.includes(asked.action) && (
            <p class="text-sm text-warn">The order is {status} by now, so this may be refused.</p>
          )}
          <ActionFields
            value={asked}
            onValue={(value) => {
              wanted.value = value;
            }}
          />
          {run.error.value !== null && <ProblemNote error={run.error.value} />}
          <div class="flex flex-wrap gap-2">
            <Button type="submit" tone={ACTIONS[asked.action].danger ? "danger" : "primary"} busy={run.busy.value}>
              Yes, {ACTIONS[asked.action].text.toLowerCase()} it
            </Button>
            <Button
              onClick={() => {
                wanted.value = null;
              }}
            >
              No
            </Button>
          </div>
        </form>
      )}
    </Card>
  );
}
