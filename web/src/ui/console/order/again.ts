/** Reading again what belongs to an order, whenever the order itself was seen to change. */

import { useEffect, useRef } from "preact/hooks";
import { type Resource, useResource } from "../../kit/resource";

/** As `useResource`, and read again whenever `version` changes; what is shown stays until the answer is there. */
export function useAgain<T>(key: string, version: number, read: () => Promise<T>): Resource<T> {
  const resource = useResource(key, read);
  const { reload } = resource;
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current === version) return;
    seen.current = version;
    void reload();
  }, [version, reload]);
  return resource;
}
