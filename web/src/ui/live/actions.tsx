/** Doing something to watch: an order, a burst of them, a function that is broken and mended. */

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { api, got } from "../../api/client";
import { Problem } from "../../api/problem";
import { Button, SelectField, TextField } from "../kit/controls";
import { Pill } from "../kit/data";
import { useAction, useResource } from "../kit/resource";
import { Note, ProblemNote } from "../kit/surfaces";
import { Burst } from "./burst";
import type { Show } from "./show";

const BURST = 1000;
const NAME = "Live view";
const FAULTS_MS = 3000;

/** What is ordered here: what the catalogue has most of, or just an amount. */
async function someLine() {
  const { products } = await got(api.GET("/products"));
  const [product] = products.toSorted((a, b) => (b.stock ?? Infinity) - (a.stock ?? Infinity));
  const paid = { customerName: NAME, paymentToken: "tok_approve", confirmMismatch: null } as const;
  return product
    ? { ...paid, currency: product.currency, items: [{ sku: product.sku, quantity: 1 }] }
    : { ...paid, currency: "USD", amount: "9.99" };
}

async function place(line: Awaited<ReturnType<typeof someLine>>, email: string | null): Promise<string> {
  const params = { header: { "Idempotency-Key": crypto.randomUUID() } };
  return (await got(api.POST("/orders", { params, body: { ...line, email } }))).orderId;
}

export function Ordering(props: { show: Show }) {
  const { show } = props;
  const email = useSignal("");
  const one = useAction(async () => {
    const orderId = await place(await someLine(), email.value.trim() || null);
    if (show.replay.value) show.endReplay();
    show.main.player.live();
    show.followed.value = orderId;
    show.touch();
  });
  const burst = useMemo(() => {
    let line: ReturnType<typeof someLine> | null = null;
    const name = (error: unknown) => (error instanceof Problem ? error.title : String(error));
    return new Burst(async () => {
      line ??= someLine();
      return place(await line, null);
    }, name);
  }, []);
  const { wanted, done, accepted, failures } = burst.progress.value;
  const running = burst.running.value;
  return (
    <section aria-label="Order" class="grid gap-3">
      <TextField
        label="Confirmation to"
        type="email"
        optional
        hint="Without an address no mail is sent."
        value={email.value}
        onValue={(value) => {
          email.value = value;
        }}
      />
      <div class="flex flex-wrap gap-2">
        <Button small tone="primary" busy={one.busy.value} onClick={() => one.run()}>
          Place an order
        </Button>
        <Button small disabled={running} onClick={() => void burst.run(BURST)}>
          A burst of {BURST.toLocaleString()}
        </Button>
        {running && (
          <Button small tone="quiet" onClick={() => burst.stop()}>
            Stop
          </Button>
        )}
      </div>
      {one.error.value !== null && <ProblemNote error={one.error.value} />}
      {wanted > 0 && (
        <div role="status" class="grid gap-1 text-sm" data-testid="burst">
          <progress class="h-2 w-full accent-accent" value={done} max={wanted} aria-label="Orders of the burst" />
          <p>
            {accepted.toLocaleString()} of {wanted.toLocaleString()} accepted
            {running ? "…" : done < wanted ? ", stopped" : ""}
          </p>
          {[...failures].map(([title, count]) => (
            <p key={title} class="text-bad">
              {count.toLocaleString()} × {title}
            </p>
          ))}
        </div>
      )}
    </section>
  );
}

const MODES = [
  ["fail", "fails"],
  ["delay", "takes 5 s longer"],
  ["timeout", "runs into a time-out"],
] as const;
const TIMES = [
  ["", "always"],
  ["1", "once"],
  ["3", "three times"],
] as const;

export function Breaking(props: { show: Show; names: readonly string[] }) {
  const { names } = props;
  const name = useSignal(names[0] ?? "");
  const mode = useSignal<string>("fail");
  const times = useSignal("");
  const faults = useResource("faults", async () => (await got(api.GET("/faults"))).faults, FAULTS_MS);
  const set = useAction(async (change: (known: Awaited<ReturnType<typeof readFaults>>) => object) => {
    const known = await readFaults();
    await got(api.PUT("/faults", { body: change(known) as Awaited<ReturnType<typeof readFaults>> }));
    await faults.reload();
  });
  const broken = Object.entries(faults.data.value ?? {});
  const wanted = () => ({
    mode: mode.value,
    times: times.value ? Number(times.value) : null,
    at: "start",
    match: null,
    delayMs: mode.value === "delay" ? 5000 : 0,
  });
  return (
    <section aria-label="Break" class="grid gap-3">
      <SelectField
        label="Break a function"
        value={name.value}
        options={names.map((each) => [each, each] as const)}
        onValue={(value) => {
          name.value = value;
        }}
      />
      <div class="grid grid-cols-2 gap-2">
        <SelectField
          label="It"
          value={mode.value}
          options={MODES}
          onValue={(value) => {
            mode.value = value;
          }}
        />
        <SelectField
          label="How often"
          value={times.value}
          options={TIMES}
          onValue={(value) => {
            times.value = value;
          }}
        />
      </div>
      <Button
        small
        tone="danger"
        class="justify-self-start"
        busy={set.busy.value}
        onClick={() => set.run((known) => ({ ...known, [name.value]: wanted() }))}
      >
        Break it
      </Button>
      {set.error.value !== null && <ProblemNote error={set.error.value} />}
      {faults.error.value !== null && <FaultsProblem error={faults.error.value} />}
      <ul class="grid gap-2" aria-label="Broken">
        {broken.map(([each, fault]) => (
          <li key={each} class="flex flex-wrap items-center gap-2 text-sm" data-broken={each}>
            <Pill tone="bad">broken</Pill>
            <span class="min-w-0 break-words">
              {each}: {fault.mode}, struck {fault.fired}
              {fault.times === null ? " times" : ` of ${fault.times}`}
            </span>
            <Button
              small
              busy={set.busy.value}
              onClick={() =>
                set.run((known) => Object.fromEntries(Object.entries(known).filter(([is]) => is !== each)))
              }
            >
              Mend
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

const readFaults = async () => (await got(api.GET("/faults"))).faults;

function FaultsProblem(props: { error: unknown }) {
  const forbidden = props.error instanceof Problem && props.error.status === 403;
  if (!forbidden) return <ProblemNote error={props.error} />;
  return (
    <Note tone="warn">
      Nothing can be broken here: faults are for servers on loopback, or with <code>ORDERMILL_FAULTS=on</code>.
    </Note>
  );
}
