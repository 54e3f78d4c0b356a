/** Lines of the log, one below the other; the newest last. */

import type { LogLine } from "../../../feed/log-lines";
import { Pill, type Tone } from "../../kit/data";
import { NodeLink, OrderLink } from "../../kit/links";

const LEVELS: Readonly<Record<string, Tone>> = { warning: "warn", error: "bad", critical: "bad", info: "plain" };

const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** Each member as `name=value`; a traceback keeps its lines. */
function Members(props: { of: Readonly<Record<string, unknown>> }) {
  const { exception, ...rest } = props.of;
  return (
    <>
      {Object.entries(rest).map(([name, value]) => (
        <span key={name} class="mr-3">
          <span class="text-soft">{name}=</span>
          {shown(value)}
        </span>
      ))}
      {exception !== undefined && <pre class="mt-1 overflow-x-auto whitespace-pre">{shown(exception)}</pre>}
    </>
  );
}

export const LogList = (props: { lines: readonly LogLine[] }) => (
  <ol class="divide-y divide-line">
    {props.lines.map((line) => (
      <li
        key={line.missing ? `gap ${line.seq}` : line.seq}
        class="grid gap-x-3 gap-y-0.5 py-1.5 md:grid-cols-[11.5rem_minmax(0,1fr)]"
      >
        <span class="flex items-start gap-2 whitespace-nowrap font-mono text-xs text-soft">
          {line.timestamp && <time dateTime={line.timestamp}>{line.timestamp.slice(11, 23)}</time>}
          <Pill tone={LEVELS[line.level] ?? "plain"}>{line.level}</Pill>
        </span>
        <span class="min-w-0 break-words font-mono text-xs leading-5">
          <strong class="mr-3 font-semibold">{line.outcome ?? line.event}</strong>
          {line.function && (
            <span class="mr-3">
              <NodeLink small name={line.function} />
            </span>
          )}
          {line.orderId && (
            <span class="mr-3">
              <OrderLink id={line.orderId} />
            </span>
          )}
          <Members of={line.more} />
        </span>
      </li>
    ))}
  </ol>
);
