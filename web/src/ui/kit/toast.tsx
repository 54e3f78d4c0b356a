/** What was done is said in a corner, and to who hears the page. */

import { signal } from "@preact/signals";

type Said = { id: number; text: string };

const SHOWN_MS = 6_000;
const said = signal<readonly Said[]>([]);
let last = 0;

/** Say that something was done. What went wrong stands where it was asked instead. */
export function announce(text: string) {
  last += 1;
  const one = { id: last, text };
  said.value = [...said.value.slice(-2), one];
  setTimeout(() => {
    said.value = said.value.filter((each) => each !== one);
  }, SHOWN_MS);
}

/** Where it is said: once on the page, always there, since a region that comes with its text is not read. */
export const Toasts = () => (
  <div
    role="status"
    aria-live="polite"
    class="pointer-events-none fixed inset-x-4 bottom-4 z-30 grid justify-items-center gap-2 sm:justify-items-end"
  >
    {said.value.map((each) => (
      <p
        key={each.id}
        class="max-w-md break-words rounded-control border border-line bg-ink px-4 py-3 text-sm text-card shadow-card"
      >
        {each.text}
      </p>
    ))}
  </div>
);
