/** `/console/reports`: a PDF of the orders that were deleted in a period, with its figures. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, got } from "../../api/client";
import { patient } from "../../api/patient";
import type { components } from "../../api/schema";
import { Button, ButtonLink, SelectField } from "../kit/controls";
import { Copied, Facts, Table, Time } from "../kit/data";
import { type Period, PeriodFields, presets } from "../kit/period";
import { useQuery } from "../kit/query";
import { useAction } from "../kit/resource";
import { Card, Empty, Note, PageHead, ProblemNote } from "../kit/surfaces";
import { announce } from "../kit/toast";

type Report = components["schemas"]["ReportView"] & { period: Period };

/** For how many seconds the link works. */
const LASTING: readonly (readonly [string, string])[] = [
  ["600", "10 minutes"],
  ["3600", "an hour"],
  ["86400", "a day"],
  ["604800", "7 days"],
];

export default function View() {
  const { query, go } = useQuery();
  const [from, to] = [query.from ?? "", query.to ?? ""];
  const period = useSignal<Period>({ from, to });
  const lasting = useSignal("3600");
  const report = useSignal<Report | null>(null);
  useEffect(() => {
    const month = presets(new Date()).find(([text]) => text === "This month")?.[1];
    period.value = from || to ? { from, to } : (month ?? { from, to });
  }, [from, to, period]);
  const make = useAction(async () => {
    const wanted = period.value;
    go(wanted);
    const made = await got(
      api.POST("/reports", { body: { ...wanted, expiresIn: Number(lasting.value) }, fetch: patient }),
    );
    report.value = { ...made, period: wanted };
    announce("The report is made");
  });
  return (
    <>
      <PageHead
        title="Reports"
        about="A PDF of the orders that were deleted in a period, made from the archive alone."
      />
      <div class="grid gap-5">
        <Card>
          <form
            class="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              void make.run();
            }}
          >
            <PeriodFields
              what="deleted"
              value={period.value}
              error={period.value.from && period.value.to ? null : "A report needs both."}
              onValue={(value) => {
                period.value = value;
              }}
            />
            <div class="max-w-xs">
              <SelectField
                label="The link works for"
                value={lasting.value}
                options={LASTING}
                onValue={(value) => {
                  lasting.value = value;
                }}
              />
            </div>
            {make.error.value !== null && <ProblemNote error={make.error.value} />}
            <Button
              type="submit"
              tone="primary"
              class="w-fit"
              busy={make.busy.value}
              disabled={!period.value.from || !period.value.to}
            >
              Make the report
            </Button>
          </form>
        </Card>
        {report.value && <Made of={report.value} />}
      </div>
    </>
  );
}

function Made(props: { of: Report }) {
  const { url, expiresAt, orders, total, totals, period } = props.of;
  return (
    <Card
      title="The report"
      actions={
        <ButtonLink tone="primary" href={url} target="_blank" rel="noreferrer">
          Download the PDF
        </ButtonLink>
      }
    >
      <div class="grid gap-4">
        <Facts
          of={[
            ["From", <Time key="from" at={period.from} />],
            ["To, not included", <Time key="to" at={period.to} />],
            ["Orders", orders.toLocaleString()],
            ["Total", total === null ? "of several currencies, below" : `${total} ${totals[0]?.currency ?? ""}`],
            ["The link works until", <Time key="expires" at={expiresAt} />],
          ]}
        />
        {orders === 0 && <Empty title="No order was deleted in this period">The PDF says so.</Empty>}
        {totals.length > 0 && (
          <Table
            caption="By currency"
            rows={totals}
            rowKey={(row) => row.currency}
            columns={[
              { head: "Currency", cell: (row) => row.currency },
              { head: "Orders", numeric: true, cell: (row) => row.orders.toLocaleString() },
              { head: "Total", numeric: true, cell: (row) => row.total },
              { head: "Refunded", numeric: true, cell: (row) => row.refunded },
            ]}
          />
        )}
        <Note>
          Whoever has the link may read the report until then, so pass it on as you would the report itself.{" "}
          <Copied text={url} label="Copy the link" />
        </Note>
      </div>
    </Card>
  );
}
