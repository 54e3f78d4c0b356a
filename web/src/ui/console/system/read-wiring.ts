/** The topology, and which of its pipelines runs. */

import { api, got } from "../../../api/client";
import type { Wiring } from "../../../model/wiring";

export async function readWiring(): Promise<{ wiring: Wiring; pipeline: string }> {
  const [wiring, health] = await Promise.all([got(api.GET("/topology")), got(api.GET("/health"))]);
  // The description leaves the topology's members to its schema.
  return { wiring: wiring as unknown as Wiring, pipeline: health.pipeline };
}
