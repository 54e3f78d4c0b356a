/** Erasing a person everywhere: typed twice, done part by part until nothing is left to do. */

import { useSignal } from "@preact/signals";
import { api, got } from "../../../api/client";
import { patient } from "../../../api/patient";
import { Button, TextField } from "../../kit/controls";
import { Facts } from "../../kit/data";
import { useAction } from "../../kit/resource";
import { Card, Note, ProblemNote } from "../../kit/surfaces";
import { announce } from "../../kit/toast";

type Outcome = { customer: string; erased: Record<string, number>; remaining: string[]; done: boolean };

const NAMES: Readonly<Record<string, string>> = {
  orders: "Orders",
  archived: "Archived orders",
  mails: "Mails",
  deadLetters: "Dead letters",
  executions: "Kept requests",
  reports: "Reports",
  subscriptions: "Subscriptions",
};

export function Erasure() {
  const customer = useSignal("");
  const again = useSignal("");
  const outcome = useSignal<Outcome | null>(null);
  const erase = useAction(async () => {
    const who = customer.value.trim();
    let cursor: string | null = null;
    const erased: Record<string, number> = {};
    const remaining = new Set<string>();
    do {
      const part: Awaited<ReturnType<typeof step>> = await step(who, cursor);
      for (const [kind, count] of Object.entries(part.erased)) erased[kind] = (erased[kind] ?? 0) + (count ?? 0);
      for (const id of part.remaining) remaining.add(id);
      cursor = part.next;
      outcome.value = { customer: who, erased: { ...erased }, remaining: [...remaining], done: cursor === null };
    } while (cursor !== null);
    again.value = "";
    announce("The person is erased");
  });
  const same = customer.value.trim() !== "" && customer.value.trim() === again.value.trim();
  return (
    <Card title="Erase a person">
      <form
        class="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (same) void erase.run();
        }}
      >
        <p class="max-w-prose text-sm text-soft">
          Name, e-mail, notes, mails and all else that says who it was goes, everywhere and for good. Items, totals,
          statuses and times stay, so the accounts add up. Orders under way are left as they are. All reports go too, as
          they can be made anew.
        </p>
        <div class="grid items-start gap-4 sm:grid-cols-2">
          <TextField
            label="Customer id or e-mail"
            value={customer.value}
            onValue={(value) => {
              customer.value = value;
            }}
          />
          <TextField
            label="The same again"
            hint="To be sure who is meant: this cannot be undone."
            value={again.value}
            error={
              again.value !== "" && !same && !customer.value.trim().startsWith(again.value) ? "Not the same." : null
            }
            onValue={(value) => {
              again.value = value;
            }}
          />
        </div>
        {erase.error.value !== null && (
          <>
            <ProblemNote error={erase.error.value} />
            <p class="text-sm">Erasing again is safe: it goes on where it stopped.</p>
          </>
        )}
        <Button type="submit" tone="danger" class="w-fit" disabled={!same} busy={erase.busy.value}>
          Erase for good
        </Button>
      </form>
      {outcome.value && <Told of={outcome.value} />}
    </Card>
  );
}

const step = (customer: string, cursor: string | null) =>
  got(api.POST("/erasures", { body: { customer, ...(cursor !== null && { cursor }) }, fetch: patient }));

function Told(props: { of: Outcome }) {
  const { customer, erased, remaining, done } = props.of;
  const counts = Object.entries(erased).filter(([, count]) => count > 0);
  return (
    <div class="mt-4 grid gap-3 border-t border-line pt-4 text-sm">
      <p class="break-words font-semibold" role="status">
        {done ? "Erased" : "Erasing"}: {customer}
      </p>
      {done && counts.length === 0 && <p>Nothing of that name was there.</p>}
      {counts.length > 0 && <Facts of={counts.map(([kind, count]) => [NAMES[kind] ?? kind, String(count)] as const)} />}
      {remaining.length > 0 && (
        <Note tone="warn">
          <p>These are still under way and were left: finish, cancel or delete them, then erase again.</p>
          <ul class="mt-1 list-disc pl-5">
            {remaining.map((id) => (
              <li key={id}>
                <a class="break-all font-mono" href={`/console/orders/${encodeURIComponent(id)}`}>
                  {id}
                </a>
              </li>
            ))}
          </ul>
        </Note>
      )}
    </div>
  );
}
