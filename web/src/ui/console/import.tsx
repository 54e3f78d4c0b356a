/** `/console/import`: an order for each row of a CSV, with what came of each; the same again places nothing twice. */

import { useSignal } from "@preact/signals";
import { api, got } from "../../api/client";
import { patient } from "../../api/patient";
import type { components } from "../../api/schema";
import { Button, TextField } from "../kit/controls";
import { CsvField } from "../kit/csv-field";
import { Pill, Table } from "../kit/data";
import { useAction } from "../kit/resource";
import { Card, Note, PageHead, ProblemNote } from "../kit/surfaces";
import { announce } from "../kit/toast";
import { keyOf, partsOf } from "./import/parts";

type Row = components["schemas"]["ImportRowView"];
/** `of`: how many requests it takes; `done`: how many were answered. */
type Report = { rows: Row[]; done: number; of: number };

const EXAMPLE = "customerName,email,product,quantity,unitPrice\nAda,ada@example.org,Mug,2,\n";
const COLUMNS =
  "customerName customerId email currency description note product sku quantity unitPrice price amount paymentToken imageId confirmMismatch idempotency_key";

async function send(csv: string, key: string, told: (report: Report) => void) {
  const parts = partsOf(csv);
  const rows: Row[] = [];
  for (const [at, part] of parts.entries()) {
    const report = await got(
      api.POST("/orders/import", {
        params: {
          header: { "Idempotency-Key": key },
          query: part.firstRow === 2 ? {} : { firstRow: part.firstRow },
        },
        headers: { "Content-Type": "text/csv" },
        body: part.csv,
        bodySerializer: (text: string) => text,
        fetch: patient,
      }),
    );
    rows.push(...report.rows);
    told({ rows: [...rows], done: at + 1, of: parts.length });
  }
  return rows;
}

export default function View() {
  const csv = useSignal("");
  const bytes = useSignal<Uint8Array<ArrayBuffer> | null>(null);
  const key = useSignal("");
  const report = useSignal<Report | null>(null);
  const startOver = () => {
    csv.value = "";
    bytes.value = null;
    key.value = "";
    report.value = null;
  };
  const run = useAction(async () => {
    report.value = null;
    if (!key.value) key.value = await keyOf(bytes.value ?? new TextEncoder().encode(csv.value));
    const rows = await send(csv.value, key.value, (so) => {
      report.value = so;
    });
    const refused = rows.filter((row) => row.problem !== null).length;
    announce(`${rows.length - refused} of ${rows.length} rows are orders`);
  });
  const refused = report.value?.rows.some((row) => row.problem !== null) ?? false;
  return (
    <>
      <PageHead
        title="Import"
        about="An order for each row of a CSV. A row that is refused keeps no other from being placed."
      />
      <div class="grid gap-5">
        <Card>
          <form
            class="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              void run.run();
            }}
          >
            <CsvField
              label="or paste it, or correct it here"
              value={csv.value}
              placeholder={EXAMPLE}
              onValue={(given) => {
                csv.value = given.text;
                bytes.value = given.bytes;
                // Corrected rows belong to the same import; another file is another one.
                if (given.bytes !== null || !refused) key.value = "";
              }}
            />
            <details class="text-sm">
              <summary class="w-fit cursor-pointer text-accent">Columns, and repeating an import</summary>
              <div class="mt-3 grid max-w-prose gap-3 text-soft">
                <p>
                  In any order: <code class="break-words font-mono text-ink">{COLUMNS}</code>. A row is an order of one
                  line: product or sku with quantity; or amount; or description with price. The catalogue's price wins.
                </p>
                <TextField
                  label="The import's key"
                  optional
                  hint="Made of the content where it is empty. Within 24 hours the same key and row is the same order: sent again, nothing is placed twice, and rows that were refused can be corrected in their places."
                  value={key.value}
                  onValue={(value) => {
                    key.value = value.trim();
                  }}
                />
              </div>
            </details>
            {run.error.value !== null && (
              <>
                <ProblemNote error={run.error.value} />
                {report.value && (
                  <p class="text-sm">Not all was sent. Import again: it goes on, and places nothing twice.</p>
                )}
              </>
            )}
            <div class="flex flex-wrap gap-2">
              <Button type="submit" tone="primary" busy={run.busy.value} disabled={csv.value.trim() === ""}>
                {report.value ? "Import again" : "Import"}
              </Button>
              {(csv.value || report.value) && <Button onClick={startOver}>Start over</Button>}
            </div>
          </form>
        </Card>
        {report.value && <Told of={report.value} busy={run.busy.value} />}
      </div>
    </>
  );
}

function Told(props: { of: Report; busy: boolean }) {
  const { rows, done, of } = props.of;
  const only = useSignal(false);
  const refused = rows.filter((row) => row.problem !== null);
  const shown = only.value ? refused : rows;
  return (
    <Card title="What came of each row">
      <div class="grid gap-4">
        <p role="status">
          {(rows.length - refused.length).toLocaleString()} placed, {refused.length.toLocaleString()} refused
          {props.busy && `; part ${done} of ${of} is through`}
        </p>
        {refused.length > 0 && !props.busy && (
          <Note tone="warn">
            Correct the refused rows above, each in its row, and import again: what is placed stays as it is.
          </Note>
        )}
        {refused.length > 0 && (
          <label class="flex min-h-9 w-fit items-center gap-2 text-sm">
            <input
              type="checkbox"
              class="size-5 accent-accent"
              checked={only.value}
              onChange={(event) => {
                only.value = event.currentTarget.checked;
              }}
            />
            Refused rows only
          </label>
        )}
        <Table
          caption="Rows of the import"
          rows={shown}
          rowKey={(row) => String(row.row)}
          columns={[
            { head: "Row", numeric: true, cell: (row) => row.row },
            {
              head: "Outcome",
              cell: (row) => <Pill tone={row.problem ? "bad" : "good"}>{row.problem ? "refused" : "placed"}</Pill>,
            },
            {
              head: "Order, or why not",
              cell: (row) => (row.problem ? <Why row={row} /> : <OrderLink id={row.orderId} />),
            },
          ]}
        />
      </div>
    </Card>
  );
}

const OrderLink = (props: { id: string | null }) =>
  props.id === null ? (
    <span />
  ) : (
    <a class="font-mono text-accent" href={`/console/orders/${props.id}`}>
      {props.id}
    </a>
  );

function Why(props: { row: Row }) {
  const { problem } = props.row;
  if (!problem) return null;
  return (
    <div class="grid gap-1">
      <span>{problem.title}</span>
      <ul class="list-disc pl-5">
        {(problem.errors ?? []).map((each) => (
          <li key={each.pointer + each.code}>
            {each.pointer && <code class="font-mono">{each.pointer.slice(1)} </code>}
            {each.detail}
          </li>
        ))}
      </ul>
      {!problem.errors?.length && <span class="text-soft">{problem.detail}</span>}
    </div>
  );
}
