/** A link to an order by the end of its id, which tells orders apart at a glance; heard and on hover it is whole. */

export const ShortLink = (props: { id: string; archived?: boolean }) => (
  <a
    class="whitespace-nowrap font-mono text-accent"
    href={`/console/${props.archived ? "archive" : "orders"}/${encodeURIComponent(props.id)}`}
    title={props.id}
    aria-label={props.id}
  >
    …{props.id.slice(-12)}
  </a>
);
