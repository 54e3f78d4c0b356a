/** What else there is about an order: its money as the gateway has it, mails, dead letters, alerts. */

import { useSignal } from "@preact/signals";
import { api, got } from "../../../api/client";
import type { components } from "../../../api/schema";
import { Button } from "../../kit/controls";
import { Pill, Table, Time, type Tone } from "../../kit/data";
import { type Resource, useAction } from "../../kit/resource";
import { Card, ProblemNote } from "../../kit/surfaces";
import { announce } from "../../kit/toast";
import { useAgain } from "./again";
import { OnDemand } from "./execution";

type About = { orderId: string; version: number };

const None = (props: { children: string }) => <p class="text-sm text-soft">{props.children}</p>;

const Failed = (props: { of: Resource<unknown> }) =>
  props.of.error.value === null ? null : <ProblemNote error={props.of.error.value} retry={props.of.reload} />;

/** What really moved, as the payment gateway's own book has it. */
export function Ledger(props: About) {
  const read = useAgain(`payments ${props.orderId}`, props.version, () =>
    got(api.GET("/payments", { params: { query: { orderId: props.orderId } } })),
  );
  const entries = read.data.value?.payments;
  return (
    <div class="mt-4 border-t border-line pt-4">
      <h3 class="mb-2 text-sm font-semibold">The gateway's ledger</h3>
      <Failed of={read} />
      {entries?.length === 0 && <None>Nothing was charged.</None>}
      {entries && entries.length > 0 && (
        <Table
          caption="The gateway's ledger"
          rows={entries}
          rowKey={(entry) => entry.paymentId}
          columns={[
            { head: "At", cell: (entry) => <Time at={entry.at} /> },
            { head: "Kind", cell: (entry) => entry.kind },
            {
              head: "Outcome",
              cell: (entry) => (
                <Pill tone={{ approved: "good", declined: "warn", error: "bad" }[entry.outcome] as Tone}>
                  {entry.outcome}
                </Pill>
              ),
            },
            { head: "Amount", numeric: true, cell: (entry) => entry.amount },
            { head: "Attempt", numeric: true, cell: (entry) => entry.key.slice(entry.key.lastIndexOf("/") + 1) },
          ]}
        />
      )}
    </div>
  );
}

const MAILS: Readonly<Record<components["schemas"]["MailView"]["status"], Tone>> = {
  SENT: "good",
  QUEUED: "info",
  FAILED: "bad",
  NO_ADDRESS: "plain",
};

/** The mails about it, each to send again. */
export function Mails(props: About) {
  const read = useAgain(`mails ${props.orderId}`, props.version, () =>
    got(api.GET("/mails", { params: { query: { orderId: props.orderId, limit: 100 } } })),
  );
  const resent = useSignal("");
  const resend = useAction(async (mailId: string) => {
    resent.value = mailId;
    await api.POST("/mails/{mailId}/resend", { params: { path: { mailId } } });
    announce("The mail goes out again");
    await read.reload();
  });
  const mails = read.data.value?.mails;
  return (
    <Card title="Mails">
      <Failed of={read} />
      {resend.error.value !== null && <ProblemNote error={resend.error.value} />}
      {mails?.length === 0 && (
        <None>No mail about it yet. A customer is told of what is processed, shipped, delivered and so on.</None>
      )}
      {mails && mails.length > 0 && (
        <Table
          caption="Mails of this order"
          rows={mails}
          rowKey={(mail) => mail.mailId}
          columns={[
            {
              head: "Mail",
              cell: (mail) => (
                <a class="text-accent" href={`/console/mails/${encodeURIComponent(mail.mailId)}`}>
                  {mail.event}
                </a>
              ),
            },
            { head: "To", cell: (mail) => mail.to ?? <span class="text-soft">no address</span> },
            { head: "Status", cell: (mail) => <Pill tone={MAILS[mail.status]}>{mail.status}</Pill> },
            { head: "Tries", numeric: true, cell: (mail) => mail.attempts },
            { head: "At", cell: (mail) => <Time at={mail.at} /> },
            {
              head: "Again",
              cell: (mail) => (
                <Button
                  small
                  aria-label={`Send ${mail.event} again`}
                  busy={resend.busy.value && resent.value === mail.mailId}
                  onClick={() => resend.run(mail.mailId)}
                >
                  Send again
                </Button>
              ),
            },
          ]}
        />
      )}
    </Card>
  );
}

/** Messages about it that used up their receives. */
export function Letters(props: About) {
  const read = useAgain(`letters ${props.orderId}`, props.version, () =>
    got(api.GET("/dead-letters", { params: { query: { orderId: props.orderId } } })),
  );
  const letters = read.data.value?.deadLetters;
  return (
    <Card
      title="Dead letters"
      actions={
        <a class="text-sm text-accent" href="/console/dead-letters">
          All
        </a>
      }
    >
      <Failed of={read} />
      {letters?.length === 0 && <None>None is open about it.</None>}
      <ul class="grid gap-4">
        {letters?.map((letter) => (
          <li key={letter.id} class="grid gap-1 text-sm">
            <p class="flex flex-wrap items-center gap-x-3">
              <code class="font-mono">{letter.function}</code> <Time at={letter.at} />
              <span class="text-soft">
                {letter.receives} receives, {letter.redrives} redrives
              </span>
            </p>
            <p class="break-words text-bad">{letter.error}</p>
            <OnDemand name="Message" of={letter.payload} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Alerts that began with it. */
export function Alerts(props: About) {
  const read = useAgain(`alerts ${props.orderId}`, props.version, () =>
    got(api.GET("/alerts", { params: { query: { orderId: props.orderId } } })),
  );
  const alerts = read.data.value?.alerts;
  return (
    <Card
      title="Alerts"
      actions={
        <a class="text-sm text-accent" href="/console/alerts">
          All
        </a>
      }
    >
      <Failed of={read} />
      {alerts?.length === 0 && <None>None began with it.</None>}
      <ul class="grid gap-4">
        {alerts?.map((alert) => (
          <li key={alert.alertId} class="grid gap-1 text-sm">
            <p class="flex flex-wrap items-center gap-x-3">
              <Pill tone={alert.severity === "info" ? "info" : "bad"}>{alert.severity}</Pill> <Time at={alert.at} />
              {alert.count > 1 && <span class="text-soft">{alert.count} times in that minute</span>}
            </p>
            <p class="break-words">
              <code class="font-mono">{alert.function}</code>: {alert.reason}, {alert.detail}
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
