/** `/metrics`, asked again and again while the page is seen; what it said is kept for as long as the window. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Scrape } from "../../../feed/metrics";
import { kept, scrapeMetrics } from "../../../feed/scrape";
import { useResource } from "../../kit/resource";

const EVERY_MS = 2_000;

export function useScrapes(windowMs: number) {
  const scrapes = useSignal<readonly Scrape[]>([]);
  const read = useResource("metrics", scrapeMetrics, EVERY_MS);
  const latest = read.data.value;
  useEffect(() => {
    if (latest) scrapes.value = kept(scrapes.peek(), latest, windowMs);
  }, [latest, windowMs, scrapes]);
  return { scrapes: scrapes.value, error: read.error.value, reload: read.reload };
}
