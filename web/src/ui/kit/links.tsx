/** Links to what a value names. */

const LINK = "font-mono text-accent underline decoration-edge/60 underline-offset-2 hover:decoration-current";

/** An order's page; a dash where there is none. */
export const OrderLink = (props: { id: string | null | undefined }) =>
  props.id ? (
    <a class={`${LINK} break-all text-xs`} href={`/console/orders/${encodeURIComponent(props.id)}`}>
      {props.id}
    </a>
  ) : (
    <span class="text-soft">–</span>
  );

/** A function's or resource's page. */
export const NodeLink = (props: { name: string; small?: boolean }) => (
  <a
    class={`${LINK} whitespace-nowrap ${props.small ? "text-xs" : "text-sm"}`}
    href={`/console/topology/${encodeURIComponent(props.name)}`}
  >
    {props.name}
  </a>
);
