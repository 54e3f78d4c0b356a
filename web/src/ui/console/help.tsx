/** `?`: what the view shows, which keys do what, and where to read more. */

import { Copied } from "../kit/data";
import { Dialog } from "../kit/surfaces";
import { aboutPath, GROUPS, HOME, KEYS } from "./navigation";
import { setSingleKeys, singleKeys } from "./shortcuts";

const NAMES = new Map([HOME, ...GROUPS.flatMap(([, entries]) => entries)]);

export function Help(props: { open: boolean; onClose: () => void; path: string }) {
  const about = aboutPath(props.path);
  return (
    <Dialog title="Help" open={props.open} onClose={props.onClose}>
      <div class="grid gap-5 text-sm">
        {about && (
          <section aria-label="This view" class="grid gap-1">
            <h3 class="font-semibold">{about.title}</h3>
            <p>{about.shows}</p>
            <p class="text-soft">
              More in <code class="font-mono">docs/{about.page}</code>, and in the{" "}
              <a class="text-accent" href="/docs" target="_self">
                API's documentation
              </a>
              .
            </p>
          </section>
        )}
        <section aria-label="Keys" class="grid gap-2">
          <h3 class="font-semibold">Keys</h3>
          <dl class="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
            <Key of="Ctrl K or ⌘ K" does="Go to a view, find an order by id or customer, do something" />
            <Key of="/" does="The same" />
            <Key of="?" does="This help" />
            {Object.entries(KEYS).map(([key, path]) => (
              <Key key={key} of={`g ${key}`} does={NAMES.get(path) ?? path} />
            ))}
            <Key of="Esc" does="Close what is open" />
          </dl>
          <label class="mt-2 flex min-h-9 w-fit items-center gap-2">
            <input
              type="checkbox"
              class="size-5 accent-accent"
              checked={singleKeys.value}
              onChange={(event) => setSingleKeys(event.currentTarget.checked)}
            />
            Keys without Ctrl or ⌘ work (/, ?, g …)
          </label>
        </section>
        <section aria-label="From a terminal" class="grid gap-1">
          <h3 class="font-semibold">From a terminal</h3>
          <p>
            All that the console does, the API does, and most of it <code class="font-mono">ordermill --help</code>{" "}
            does. Each request of a view can be copied as a curl command: “Requests” in the menu.
          </p>
          <p class="flex flex-wrap items-center gap-2">
            <code class="font-mono">ordermill sign-in</code> prints a new link. <Copied text="ordermill sign-in" />
          </p>
        </section>
      </div>
    </Dialog>
  );
}

const Key = (props: { of: string; does: string }) => (
  <>
    <dt>
      <kbd class="rounded border border-line bg-ground px-1.5 py-0.5 font-mono text-xs">{props.of}</kbd>
    </dt>
    <dd>{props.does}</dd>
  </>
);
