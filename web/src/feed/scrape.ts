/** Reads `/metrics`, and keeps the last answers for as long as a page wants to look back. */

import { api, got } from "../api/client";
import { parseMetrics, type Scrape } from "./metrics";

/** What `/metrics` says now. Throws Problem, or MetricsError. */
export async function scrapeMetrics(): Promise<Scrape> {
  const text = await got(api.GET("/metrics", { parseAs: "text", headers: { Accept: "text/plain" } }));
  return parseMetrics(String(text), Date.now());
}

/** With one scrape more: those of the last `windowMs`, and the one before them, so that the window is whole. */
export function kept(scrapes: readonly Scrape[], latest: Scrape, windowMs: number): Scrape[] {
  const all = [...scrapes.filter(({ at }) => at < latest.at), latest];
  const first = all.findIndex(({ at }) => at > latest.at - windowMs);
  return all.slice(Math.max(0, first - 1));
}
