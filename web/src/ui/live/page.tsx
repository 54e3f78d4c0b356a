/** `/console/live`: the system as it works. */

import { useMemo } from "preact/hooks";
import { api, got } from "../../api/client";
import { liveFeed } from "../../feed/live";
import type { Topology } from "../../layout/topology";
import { Spinner } from "../kit/controls";
import { useResource } from "../kit/resource";
import { PageHead, ProblemNote } from "../kit/surfaces";
import { LiveView } from "./view";

/** So much of what happened before can be gone back to at once. */
const BEFORE = 200;

export default function View() {
  const read = useResource("live", async () => {
    const [health, topology] = await Promise.all([got(api.GET("/health")), got(api.GET("/topology"))]);
    return { pipeline: health.pipeline, topology: topology as unknown as Topology };
  });
  const feed = useMemo(() => liveFeed({ replay: BEFORE }), []);
  const found = read.data.value;
  return (
    <>
      <PageHead title="Live view" about={found && `Every step of every order, pipeline ${found.pipeline}.`} />
      {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
      {!found && read.loading.value && <Spinner />}
      {found && <LiveView topology={found.topology} pipeline={found.pipeline} mode="live" feed={feed} />}
    </>
  );
}
