/** The address's query as a view's filters: what is chosen is in the address, and the address says what is shown. */

import { useLocation } from "preact-iso";

export type Query = Readonly<Record<string, string>>;

/** `?a=1&b=2` of what is not empty, in the order given; nothing of nothing. */
export function queryText(of: Readonly<Record<string, string | null | undefined>>): string {
  const kept = Object.entries(of).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return kept.length === 0 ? "" : `?${new URLSearchParams(kept)}`;
}

/** The query, and the way to another one of the same view. */
export function useQuery(): { query: Query; go: (to: Readonly<Record<string, string | null | undefined>>) => void } {
  const { path, query, route } = useLocation();
  return { query, go: (to) => route(path + queryText(to)) };
}
