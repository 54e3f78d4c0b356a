/** How alerts reach people: what to set, since it is set where the server is started. */

import { Copied } from "../../kit/data";
import { Card } from "../../kit/surfaces";

const EXAMPLE =
  "ORDERMILL_ALERT_WEBHOOKS='slack+https://hooks.slack.com/services/…,json+https://ops.example.org/hook,mailto:ops@example.org' make up";

export const HowToBeTold = () => (
  <Card title="Be told of alerts" class="text-sm">
    <p>None of these alerts was told to anybody. Name targets, and start the server again with them:</p>
    <div class="mt-3 flex flex-wrap items-center gap-3">
      <code class="min-w-0 break-all rounded-control bg-ground px-3 py-2 font-mono text-xs">{EXAMPLE}</code>
      <Copied text={EXAMPLE} />
    </div>
    <ul class="mt-3 grid list-disc gap-1 pl-5 text-soft">
      <li>slack+https://… is the URL of an incoming webhook of Slack.</li>
      <li>json+https://… gets the alert as JSON, signed after Standard Webhooks.</li>
      <li>mailto:… goes the way of all mail.</li>
      <li>To post to your own machine while rehearsing, set ORDERMILL_ALLOW_LOCAL_WEBHOOKS=1 too.</li>
    </ul>
  </Card>
);
