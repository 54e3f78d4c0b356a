/** What the log last said of one function. */

import { ButtonLink } from "../../kit/controls";
import { Card, Empty, ProblemNote } from "../../kit/surfaces";
import { LogList } from "./log-list";
import { useLogTail } from "./use-log-tail";

const LINES = 20;

export function LastLines(props: { name: string }) {
  const tail = useLogTail({ function: props.name }, LINES);
  return (
    <Card
      title="Last log lines"
      actions={<ButtonLink href={`/console/logs?function=${encodeURIComponent(props.name)}`}>All of them</ButtonLink>}
    >
      {tail.error !== null && <ProblemNote error={tail.error} retry={tail.again} />}
      {tail.lines.length > 0 ? (
        <LogList lines={tail.lines} />
      ) : (
        tail.state === "open" && <Empty title="Nothing was logged of it yet">It shows as it happens.</Empty>
      )}
    </Card>
  );
}
