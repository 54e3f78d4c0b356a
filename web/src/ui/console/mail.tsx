/** `/console/mails/:mailId`: one mail as it was sent, what became of it, and sending it again. */

import { useSignal } from "@preact/signals";
import { useRoute } from "preact-iso";
import { api, got } from "../../api/client";
import { Problem } from "../../api/problem";
import type { components } from "../../api/schema";
import { Button } from "../kit/controls";
import { Facts, Pill, Table, Time } from "../kit/data";
import { OrderLink } from "../kit/links";
import { useAction, useResource } from "../kit/resource";
import { Card, Note, PageHead, ProblemNote } from "../kit/surfaces";
import { MAIL_TONES } from "./system/mail-status";
import { dress, sealed } from "./system/sealed";

type Message = components["schemas"]["MailMessageView"];
type Source = { headers: { name: string; value: string }[]; html: string | null };

/** As JSON, which is what is answered where nothing else is asked for. */
const message = async (mailId: string) =>
  (await got(api.GET("/mails/{mailId}", { params: { path: { mailId } } }))) as Message;

/** The message itself; null where it was not kept, or there is none to be sent. */
async function source(mailId: string): Promise<Source | null> {
  try {
    const text = await got(
      api.GET("/mails/{mailId}", {
        params: { path: { mailId } },
        headers: { Accept: "message/rfc822" },
        parseAs: "text",
      }),
    );
    const { default: PostalMime } = await import("postal-mime");
    const mail = await PostalMime.parse(String(text));
    return {
      headers: mail.headers.map(({ originalKey, key, value }) => ({ name: originalKey ?? key, value })),
      html: mail.html ?? null,
    };
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 409)) return null;
    throw error;
  }
}

export default function View() {
  const mailId = useRoute().params.mailId ?? "";
  const read = useResource(mailId, () => message(mailId), 10_000);
  const mail = read.data.value;
  return (
    <>
      <PageHead title={mail?.subject || "Mail"} about={<a href="/console/mails">All mails</a>} />
      <div class="grid gap-4">
        {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
        {mail && <Shown mail={mail} changed={read.reload} />}
      </div>
    </>
  );
}

function Shown(props: { mail: Message; changed: () => Promise<void> }) {
  const { mail } = props;
  const { mailId } = mail;
  const queued = useSignal(false);
  const again = useAction(async () => {
    await api.POST("/mails/{mailId}/resend", { params: { path: { mailId } } });
    queued.value = true;
    await props.changed();
  });
  return (
    <>
      <Card
        title="What became of it"
        actions={
          <Button busy={again.busy.value} onClick={() => again.run()}>
            Send again
          </Button>
        }
      >
        <div class="grid gap-4">
          {mail.error && <Note tone="warn">It last failed: {mail.error}</Note>}
          {again.error.value !== null && <ProblemNote error={again.error.value} />}
          {queued.value && <Note>Queued to be sent again. What becomes of it shows here.</Note>}
          <Facts
            of={[
              [
                "Status",
                <Pill key="status" tone={MAIL_TONES[mail.status]}>
                  {mail.status}
                </Pill>,
              ],
              ["To", mail.to ?? "no address"],
              ["About", mail.event],
              ["Order", <OrderLink key="order" id={mail.orderId} />],
              ["Attempts", mail.attempts],
              ["Sent again", `${mail.resends} times`],
              ["Changed", <Time key="at" at={mail.at} />],
            ]}
          />
        </div>
      </Card>
      <Card title="Text">
        {mail.text === null ? (
          <p class="text-soft">What it says was not kept, so it can't be sent again either.</p>
        ) : (
          <pre class="whitespace-pre-wrap break-words font-sans">{mail.text}</pre>
        )}
      </Card>
      {mail.text !== null && <AsSent mailId={mailId} />}
    </>
  );
}

/** The HTML and the headers of the message itself. */
function AsSent(props: { mailId: string }) {
  const read = useResource(props.mailId, () => source(props.mailId));
  if (read.error.value !== null) return <ProblemNote error={read.error.value} retry={read.reload} />;
  const found = read.data.value;
  if (!found) return null;
  return (
    <>
      {found.html !== null && (
        <Card title="As mail programs show it">
          <p class="mb-3 text-sm text-soft">Without scripts, links, pictures, or anything else from elsewhere.</p>
          <iframe
            title="The mail's HTML"
            class="h-[36rem] w-full rounded-control border border-line bg-white"
            sandbox="allow-same-origin"
            referrerpolicy="no-referrer"
            srcdoc={sealed(found.html)}
            onLoad={(event) => {
              const shown = event.currentTarget.contentDocument;
              if (shown) dress(shown);
            }}
          />
        </Card>
      )}
      <Card title="Headers">
        <Table
          caption="The message's headers"
          rows={found.headers.map((header, index) => ({ ...header, index }))}
          rowKey={({ index }) => String(index)}
          columns={[
            { head: "Name", cell: ({ name }) => <span class="whitespace-nowrap">{name}</span> },
            { head: "Value", cell: ({ value }) => <span class="break-all font-mono text-xs">{value}</span> },
          ]}
        />
      </Card>
    </>
  );
}
