/** What the state machines beside the topology send to: it stands in their definitions alone. */

/** Each Task's parameters, as far as they name what it turns to. */
type Definition = { States: Record<string, { Parameters?: Record<string, unknown> }> };

const FILES = import.meta.glob<Definition>("../../../topology/*.asl.json", { eager: true, import: "default" });
const TARGETS = ["QueueUrl", "TopicArn"];
const NAMED = /^\$\{(.+)\}$/;

/** The queues and topics that the machine of this file sends to. */
export function sendsTo(definition: string): string[] {
  const file = Object.entries(FILES).find(([path]) => path.endsWith(`/${definition}`))?.[1];
  const targets = Object.values(file?.States ?? {}).flatMap(({ Parameters: said }) =>
    TARGETS.map((name) => NAMED.exec(String(said?.[name] ?? ""))?.[1]),
  );
  return [...new Set(targets.filter((name) => name !== undefined))];
}
