/** `/console/faults`: breaks functions and services on purpose, shows what has struck, and mends them. */

import { api, got } from "../../api/client";
import { Problem } from "../../api/problem";
import {
  type Faults,
  type FaultView,
  inForce,
  SERVICES,
  spent,
  timesWords,
  withFault,
  withoutFault,
} from "../../model/faults";
import { enabled, type Wiring } from "../../model/wiring";
import { Button } from "../kit/controls";
import { Pill, Table } from "../kit/data";
import { NodeLink } from "../kit/links";
import { useQuery } from "../kit/query";
import { useAction, useResource } from "../kit/resource";
import { Card, Empty, Note, PageHead, ProblemNote } from "../kit/surfaces";
import { FaultForm } from "./system/fault-form";
import { readWiring } from "./system/read-wiring";

const readFaults = async (): Promise<Faults> => (await got(api.GET("/faults"))).faults;

/** Sets them all; what was set meanwhile by others stays. */
async function change(next: (now: Faults) => Faults) {
  await api.PUT("/faults", { body: { ...next(await readFaults()) } });
}

const namesOf = ({ wiring, pipeline }: { wiring: Wiring; pipeline: string }) => [
  ...Object.keys(enabled(wiring, pipeline)).sort(),
  ...SERVICES,
];

export default function View() {
  const read = useResource("faults", readFaults, 3_000);
  const wired = useResource("wiring", readWiring);
  const { query } = useQuery();
  const act = useAction(async (next: (now: Faults) => Faults) => {
    await change(next);
    await read.reload();
  });
  const refused = read.error.value instanceof Problem && read.error.value.status === 403;
  const faults = read.data.value;
  const striking = faults ? inForce(faults) : [];
  return (
    <>
      <PageHead
        title="Faults"
        about="Break a function or a service on purpose, see what customers, staff and alerts make of it, and watch the recovery."
        actions={
          faults &&
          Object.keys(faults).length > 0 && (
            <Button tone="primary" busy={act.busy.value} onClick={() => act.run(() => ({}))}>
              Clear all
            </Button>
          )
        }
      />
      <div class="grid gap-4">
        {refused ? (
          <Refused />
        ) : (
          read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />
        )}
        {striking.length > 0 && (
          <Note tone="warn">
            <strong>Faults are in force:</strong> <span class="font-mono">{striking.join(", ")}</span>. They outlive
            restarts, until they are cleared.
          </Note>
        )}
        {act.error.value !== null && <ProblemNote error={act.error.value} />}
        {faults && !refused && (
          <>
            <Card title="Set">
              <SetFaults
                faults={faults}
                busy={act.busy.value}
                onClear={(name) => act.run((now) => withoutFault(now, name))}
              />
            </Card>
            {wired.error.value !== null && <ProblemNote error={wired.error.value} retry={wired.reload} />}
            {wired.data.value && (
              <Card title="Break something">
                <FaultForm
                  key={`${query.name} ${query.mode}`}
                  names={namesOf(wired.data.value)}
                  name={query.name}
                  mode={query.mode}
                  busy={act.busy.value}
                  onSet={(name, fault) => act.run((now) => withFault(now, name, fault))}
                />
              </Card>
            )}
          </>
        )}
      </div>
    </>
  );
}

function SetFaults(props: { faults: Faults; busy: boolean; onClear: (name: string) => void }) {
  const rows = Object.entries(props.faults).sort(([a], [b]) => a.localeCompare(b));
  if (rows.length === 0)
    return <Empty title="No faults are set">Everything works as it does, or doesn't, by itself.</Empty>;
  const isService = (name: string) => (SERVICES as readonly string[]).includes(name);
  return (
    <Table<[string, FaultView]>
      caption="Faults that are set"
      rows={rows}
      rowKey={([name]) => name}
      columns={[
        {
          head: "Breaks",
          cell: ([name]) => (isService(name) ? <code class="font-mono">{name}</code> : <NodeLink name={name} />),
        },
        {
          head: "How",
          cell: ([, { mode, delayMs }]) => (
            <>
              <Pill tone="warn">{mode}</Pill> {delayMs > 0 && <span class="tabular-nums">{delayMs} ms</span>}
            </>
          ),
        },
        { head: "At", cell: ([, { at }]) => at },
        { head: "How often", cell: ([, fault]) => (spent(fault) ? <Pill>spent</Pill> : timesWords(fault)) },
        { head: "Struck", numeric: true, cell: ([, { fired }]) => fired },
        {
          head: "Only messages with",
          cell: ([, { match }]) => (match === null ? "any" : <code class="break-all font-mono text-xs">{match}</code>),
        },
        {
          head: "Mend",
          cell: ([name]) => (
            <Button small busy={props.busy} aria-label={`Clear ${name}`} onClick={() => props.onClear(name)}>
              Clear
            </Button>
          ),
        },
      ]}
    />
  );
}

const Refused = () => (
  <Note tone="warn">
    <p class="font-semibold">Faults are refused here</p>
    <p>
      They can be set where the server listens on loopback alone. Elsewhere its operator allows them by starting it with{" "}
      <code class="font-mono">ORDERMILL_FAULTS=on</code>; <code class="font-mono">off</code> forbids them everywhere. A
      deployment on AWS has none.
    </p>
  </Note>
);
