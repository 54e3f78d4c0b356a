/** Editing an order. Nobody is overwritten unseen, and nothing that was typed is lost. */

import { type Signal, useSignal } from "@preact/signals";
import { api } from "../../../api/client";
import { Problem } from "../../../api/problem";
import { Button, Field, INPUT, TextField } from "../../kit/controls";
import { useAction } from "../../kit/resource";
import { Card, Note, ProblemNote } from "../../kit/surfaces";
import { announce } from "../../kit/toast";
import { type Changed, changedSince, type Draft, draftOf, type EditedName, merged, patchOf } from "./edit-conflict";
import { ItemFields, type Line, linesOf } from "./items";
import { type Order, readOrder, type Version } from "./read";

const CLOSED = ["DELIVERED", "REJECTED", "CANCELLED"];
const LABELS: Readonly<Record<EditedName, string>> = { customerName: "Name", email: "E-mail", note: "Note" };

/** What was read before editing began, and what is typed over it. */
type Editing = { base: Version; typed: Draft; lines: Line[]; reason: string };

const begin = (base: Version): Editing => ({
  base,
  typed: draftOf(base.order),
  lines: linesOf(base.order),
  reason: "",
});

const sameLines = (one: readonly Line[], other: readonly Line[]) => JSON.stringify(one) === JSON.stringify(other);

/** `version` is what is shown; `onSaved` has it read again. */
export function Edit(props: { version: Version; onSaved: () => void }) {
  const { order } = props.version;
  const editing = useSignal<Editing | null>(null);
  if (editing.value !== null)
    return <EditForm editing={editing as Signal<Editing | null>} state={editing.value} onSaved={props.onSaved} />;
  if (CLOSED.includes(order.status))
    return (
      <Card title="Edit">
        <p class="text-sm text-soft">An order that is {order.status} is edited no more.</p>
      </Card>
    );
  return (
    <Card title="Edit">
      <p class="mb-4 text-sm text-soft">
        Name, e-mail and note{order.status === "PENDING" ? ", and the items while it is PENDING" : ""}.
      </p>
      <Button
        onClick={() => {
          editing.value = begin(props.version);
        }}
      >
        Edit this order
      </Button>
    </Card>
  );
}

/** Sends what was changed. On 412 reads what is there now and keeps what was typed. Throws Problem for all else. */
async function send(state: Editing): Promise<{ saved: Order } | { stale: Version }> {
  const { base, typed, lines, reason } = state;
  const orderId = base.order.orderId;
  const items = sameLines(lines, linesOf(base.order)) ? {} : { items: lines.map(itemOf) };
  try {
    const { data } = await api.PATCH("/orders/{orderId}", {
      params: {
        path: { orderId },
        header: { "If-Match": base.etag },
        query: reason.trim() ? { reason: reason.trim() } : {},
      },
      headers: { "Content-Type": "application/merge-patch+json" },
      body: { ...patchOf(base.order, typed), ...items },
    });
    return { saved: data as Order };
  } catch (error) {
    if (error instanceof Problem && error.status === 412) return { stale: await readOrder(orderId) };
    throw error;
  }
}

const itemOf = (line: Line) => ({
  ...(line.sku ? { sku: line.sku } : { product: line.product }),
  quantity: /^\d{1,9}$/.test(line.quantity) ? Number(line.quantity) : (line.quantity as unknown as number),
  ...(line.unitPrice && { unitPrice: line.unitPrice }),
});

function EditForm(props: { editing: Signal<Editing | null>; state: Editing; onSaved: () => void }) {
  const { editing, state } = props;
  const { base, typed } = state;
  const changed = useSignal<{ fields: Changed[]; from: string; to: string } | null>(null);
  const set = (part: Partial<Editing>) => {
    editing.value = { ...state, ...part };
  };
  const type = (name: EditedName, value: string) => set({ typed: { ...typed, [name]: value } });
  const save = useAction(async () => {
    const outcome = await send(state);
    if ("saved" in outcome) {
      announce("The order is saved");
      editing.value = null;
    } else {
      const now = outcome.stale;
      changed.value = {
        fields: changedSince(base.order, now.order, typed),
        from: base.order.status,
        to: now.order.status,
      };
      const untouched = sameLines(state.lines, linesOf(base.order));
      editing.value = {
        ...state,
        base: now,
        typed: merged(base.order, now.order, typed),
        lines: untouched ? linesOf(now.order) : state.lines,
      };
    }
    props.onSaved();
  });
  const failed = save.error.value;
  const told = failed instanceof Problem ? failed.errors : [];
  const about = (name: string) => told.find((each) => each.pointer === `/${name}`)?.detail;
  return (
    <Card title="Edit">
      <form
        class="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        {changed.value && <Conflict of={changed.value} type={type} />}
        <TextField
          label={LABELS.customerName}
          value={typed.customerName}
          error={about("customerName")}
          onValue={(value) => type("customerName", value)}
        />
        <TextField
          label={LABELS.email}
          type="email"
          value={typed.email}
          error={about("email")}
          onValue={(value) => type("email", value)}
        />
        <Field label={LABELS.note} error={about("note")}>
          {(described) => (
            <textarea
              {...described}
              class={INPUT}
              rows={3}
              value={typed.note}
              onInput={(event) => type("note", event.currentTarget.value)}
            />
          )}
        </Field>
        {base.order.status === "PENDING" && (
          <ItemFields lines={state.lines} errors={told} onLines={(lines) => set({ lines })} />
        )}
        <TextField
          label="Reason, for the history"
          optional
          value={state.reason}
          onValue={(reason) => set({ reason })}
        />
        {failed !== null && <ProblemNote error={failed} />}
        <div class="flex flex-wrap gap-2">
          <Button type="submit" tone="primary" busy={save.busy.value}>
            {changed.value ? "Save what stands here now" : "Save"}
          </Button>
          <Button
            onClick={() => {
              editing.value = null;
            }}
          >
            Leave it as it is
          </Button>
        </div>
      </form>
    </Card>
  );
}

/** What somebody else did meanwhile, and for each member that was typed over, whose text it is to be. */
function Conflict(props: {
  of: { fields: readonly Changed[]; from: string; to: string };
  type: (name: EditedName, value: string) => void;
}) {
  const { fields, from, to } = props.of;
  return (
    <Note tone="bad">
      <p class="font-semibold">The order was changed meanwhile, and nothing was overwritten</p>
      <p>What you typed is still here. Look at what changed, then save again.</p>
      <ul class="mt-2 grid list-disc gap-2 pl-5">
        {from !== to && (
          <li>
            Status: {from}, now {to}
          </li>
        )}
        {fields.map((each) => (
          <li key={each.name}>
            {LABELS[each.name]}: was “{each.was}”, now “{each.theirs}”
            {each.clash && (
              <span class="mt-1 flex flex-wrap items-center gap-2">
                You typed “{each.mine}”.
                <Button small onClick={() => props.type(each.name, each.theirs)}>
                  Take theirs
                </Button>
                <Button small onClick={() => props.type(each.name, each.mine)}>
                  Keep mine
                </Button>
              </span>
            )}
          </li>
        ))}
        {fields.length === 0 && from === to && <li>Something that this form does not show: see the history.</li>}
      </ul>
    </Note>
  );
}
