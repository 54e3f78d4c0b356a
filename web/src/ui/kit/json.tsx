/** JSON to read and to copy. */

import { Copied } from "./data";

/** The whole value, indented; it scrolls by itself. */
export function Json(props: { value: unknown; label: string }) {
  const text = JSON.stringify(props.value, null, 2) ?? "";
  return (
    <div class="min-w-0">
      <div class="mb-1 flex items-center justify-between gap-3">
        <span class="text-sm text-soft">{props.label}</span>
        <Copied text={text} />
      </div>
      <section
        class="max-h-96 overflow-auto rounded-control border border-line bg-ground p-3"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached without a mouse.
        tabIndex={0}
        aria-label={props.label}
      >
        <pre class="font-mono text-xs leading-relaxed">{text}</pre>
      </section>
    </div>
  );
}
