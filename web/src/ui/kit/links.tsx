/** Links to what a value names. */

const LINK = "break-all text-accent underline-offset-2";

/** An order's page; a dash where there is none. */
export const OrderLink = (props: { id: string | null | undefined }) =>
  props.id ? (
    <a class={`${LINK} font-mono text-xs`} href={`/console/orders/${encodeURIComponent(props.id)}`}>
      {props.id}
    </a>
  ) : (
    <span class="text-soft">–</span>
  );

/** A function's or resource's page. */
export const NodeLink = (props: { name: string }) => (
  <a class={`${LINK} font-mono text-sm`} href={`/console/topology/${encodeURIComponent(props.name)}`}>
    {props.name}
  </a>
);
