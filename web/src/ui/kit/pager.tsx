/** The way through a list that comes in pages, each an address of its own. */

import { useLocation } from "preact-iso";
import { ButtonLink } from "./controls";
import { queryText, useQuery } from "./query";

/** `next` is the list's `nextCursor`; the page before is where the browser's back button leads. */
export function Pager(props: { next: string | null | undefined }) {
  const { path } = useLocation();
  const { query } = useQuery();
  const to = (cursor: string | null) => path + queryText({ ...query, cursor });
  if (!props.next && !query.cursor) return null;
  return (
    <nav aria-label="Pages" class="mt-4 flex flex-wrap gap-3 border-t border-line pt-4">
      {query.cursor && <ButtonLink href={to(null)}>First page</ButtonLink>}
      {props.next && <ButtonLink href={to(props.next)}>Next page</ButtonLink>}
    </nav>
  );
}
