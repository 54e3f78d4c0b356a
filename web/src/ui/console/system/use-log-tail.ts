/** The log as it comes: the latest lines, bounded, and whether the stream is there. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { problemOf } from "../../../api/problem";
import { appended, gapOf, type LogLine, lineOf } from "../../../feed/log-lines";
import { queryText } from "../../kit/query";

export const LINES_MAX = 1_000;
const TOGETHER_MS = 100;

export type TailState = "connecting" | "open" | "broken" | "refused";
/** What the server chooses by; nothing of a filter that is empty. */
export type TailFilter = { orderId?: string | undefined; function?: string | undefined; level?: string | undefined };

/** Why a stream was refused, which an EventSource doesn't tell. */
async function refusal(url: string, signal: AbortSignal): Promise<unknown> {
  try {
    const answer = await fetch(url, { method: "GET", headers: { Accept: "application/json" }, signal });
    if (!answer.ok) return problemOf(answer.status, await answer.json().catch(() => null), null);
    await answer.body?.cancel();
    return null;
  } catch {
    return null;
  }
}

export function useLogTail(filter: TailFilter, most = LINES_MAX) {
  const lines = useSignal<readonly LogLine[]>([]);
  const state = useSignal<TailState>("connecting");
  const error = useSignal<unknown>(null);
  const attempt = useSignal(0);
  const url = `/logs${queryText(filter)}`;
  const tries = attempt.value;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try is another stream.
  useEffect(() => {
    lines.value = [];
    state.value = "connecting";
    error.value = null;
    const ended = new AbortController();
    const stream = new EventSource(url);
    let waiting: LogLine[] = [];
    const timer = setInterval(() => {
      if (waiting.length === 0) return;
      lines.value = appended(lines.peek(), waiting, most);
      waiting = [];
    }, TOGETHER_MS);
    const take = (line: LogLine | null) => {
      if (line) waiting = [...waiting, line].slice(-most);
    };
    stream.addEventListener("line", (event) => take(lineOf(event.lastEventId, event.data)));
    stream.addEventListener("gap", (event) => take(gapOf(event.lastEventId, event.data)));
    stream.onopen = () => {
      state.value = "open";
    };
    stream.onerror = () => {
      state.value = stream.readyState === EventSource.CLOSED ? "refused" : "broken";
      if (state.value !== "refused") return;
      void refusal(url, ended.signal).then((found) => {
        if (!ended.signal.aborted) error.value = found;
      });
    };
    return () => {
      ended.abort();
      clearInterval(timer);
      stream.close();
    };
  }, [url, tries, most]);
  return {
    lines: lines.value,
    state: state.value,
    error: error.value,
    clear: () => {
      lines.value = [];
    },
    again: () => {
      attempt.value += 1;
    },
  };
}
