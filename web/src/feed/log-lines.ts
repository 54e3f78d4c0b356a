/** The log as `/logs` tells it: bounded in memory, and chosen from by what is typed. */

export type Level = "debug" | "info" | "warning" | "error" | "critical";
export const LEVELS: readonly Level[] = ["debug", "info", "warning", "error", "critical"];

/** One line, or a gap in them: then `missing` says why, and `text` is for people. */
export type LogLine = {
  seq: number;
  timestamp: string | null;
  level: string;
  logger: string | null;
  event: string;
  orderId: string | null;
  function: string | null;
  outcome: string | null;
  /** What else was logged with it. */
  more: Readonly<Record<string, unknown>>;
  missing: string | null;
};

const WHY: Readonly<Record<string, string>> = {
  overflow: "more came than is kept",
  restart: "the server was started again",
  unknown: "the place is none of this server's",
};

const record = (json: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
};
const text = (value: unknown) => (typeof value === "string" ? value : null);

/** The line of an event `line`; null for what is none. */
export function lineOf(id: string, json: string): LogLine | null {
  const said = record(json);
  if (said === null) return null;
  const { timestamp, level, logger, event, orderId, function: name, outcome, ...more } = said;
  return {
    seq: Number(id),
    timestamp: text(timestamp),
    level: text(level) ?? "info",
    logger: text(logger),
    event: text(event) ?? "",
    orderId: text(orderId),
    function: text(name),
    outcome: text(outcome),
    more,
    missing: null,
  };
}

/** The line that stands for an event `gap`. */
export function gapOf(id: string, json: string): LogLine {
  const reason = text(record(json)?.reason) ?? "unknown";
  const event = `Lines are missing here: ${WHY[reason] ?? reason}`;
  const none = { timestamp: null, logger: null, orderId: null, function: null, outcome: null, more: {} };
  return { seq: Number(id), level: "warning", event, ...none, missing: reason };
}

/** With what came: at most the last `most`, each line once whatever was sent again. */
export function appended(lines: readonly LogLine[], came: readonly LogLine[], most: number): LogLine[] {
  const all = [...lines];
  for (const line of came) if (line.missing !== null || line.seq > (all.at(-1)?.seq ?? -1)) all.push(line);
  return all.slice(-most);
}

/** Whether a line has the text, anywhere in it and in any case, and the outcome. A gap always shows. */
export function matches(line: LogLine, wanted: { text?: string; outcome?: string }): boolean {
  if (line.missing !== null) return true;
  if (wanted.outcome && line.outcome !== wanted.outcome) return false;
  if (!wanted.text) return true;
  const { timestamp, level, logger, event, orderId, function: name, outcome, more } = line;
  const said = [timestamp, level, logger, event, orderId, name, outcome].filter((each) => each !== null);
  const sought = JSON.stringify(wanted.text).slice(1, -1).toLowerCase();
  return JSON.stringify([said, more]).toLowerCase().includes(sought);
}
