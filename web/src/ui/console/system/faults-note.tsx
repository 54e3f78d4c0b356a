/** Says, where failures are looked at, that some are injected: to whoever forgot it, they look like defects. */

import { api, got } from "../../../api/client";
import { Problem } from "../../../api/problem";
import { inForce } from "../../../model/faults";
import { useResource } from "../../kit/resource";
import { Note } from "../../kit/surfaces";

/** Nothing where none is set, or where faults are not allowed. */
export function FaultsNote() {
  const read = useResource(
    "faults",
    async () => {
      try {
        return inForce((await got(api.GET("/faults"))).faults);
      } catch (error) {
        if (error instanceof Problem && error.status === 403) return [];
        throw error;
      }
    },
    10_000,
  );
  const names = read.data.value ?? [];
  if (names.length === 0) return null;
  return (
    <Note tone="warn">
      Faults are set: <span class="font-mono">{names.join(", ")}</span>. What is redriven may fail again.{" "}
      <a class="font-semibold" href="/console/faults">
        Mend it first
      </a>
    </Note>
  );
}
