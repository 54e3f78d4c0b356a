/** What the server says of a picture, in words. */

import type { Judged } from "./draft";

const TITLES: Record<Judged["verdict"], readonly [title: string, tone: string]> = {
  MATCH: ["The picture fits your words", "bg-wash text-accent"],
  MISMATCH: ["The picture shows something else", "bg-warn-wash text-warn"],
  INCONCLUSIVE: ["We cannot tell whether the picture fits", "bg-info-wash text-info"],
  UNCHECKED: ["The picture was not compared", "bg-ground text-soft"],
};
const PERCENT = new Intl.NumberFormat("en", { style: "percent" });

export function VerdictText(props: Pick<Judged, "verdict" | "confidence" | "warning">) {
  const [title, tone] = TITLES[props.verdict];
  return (
    <div class={`rounded-control px-4 py-3 text-sm break-words ${tone}`}>
      <p class="font-semibold">
        {title}
        {props.confidence !== null && <span class="font-normal"> · {PERCENT.format(props.confidence)} certain</span>}
      </p>
      {props.warning && <p class="first-letter:uppercase">{props.warning}.</p>}
    </div>
  );
}
