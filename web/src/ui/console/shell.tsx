/** What surrounds every view of the console: the way to the others, the palette, the help, and who is signed in. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import { place } from "../../api/place";
import { AskedList, askedAt, recordAsked } from "../kit/curl";
import { Dialog } from "../kit/surfaces";
import { setTheme, theme } from "../kit/theme";
import { Toasts } from "../kit/toast";
import { Ended, watchSession } from "./ended";
import { Help } from "./help";
import { GROUPS, HOME, isAt } from "./navigation";
import { Palette } from "./palette";
import { useShortcuts } from "./shortcuts";

recordAsked();
watchSession();

type Over = "palette" | "help" | "requests" | null;

/** Whether what is shown is of this machine or of AWS. */
function Where() {
  const here = place();
  return (
    <span class="whitespace-nowrap rounded-full border border-line px-2 py-0.5 font-mono text-xs font-medium text-soft">
      {here.kind === "aws" ? `aws:${here.region}` : "local"}
    </span>
  );
}

export function Shell(props: { children: ComponentChildren }) {
  const { path, route } = useLocation();
  const menu = useSignal(false);
  const over = useSignal<Over>(null);
  const show = (what: Over) => () => {
    over.value = what;
  };
  // Before the new view's own effects ask for anything.
  useLayoutEffect(() => {
    askedAt(path);
    menu.value = false;
  }, [path, menu]);
  useShortcuts({ palette: show("palette"), help: show("help"), go: route });
  return (
    <div class="min-h-dvh lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#main"
        class="sr-only focus:not-sr-only focus:fixed focus:left-4 focus:top-0 focus:z-20 focus:rounded-b-lg focus:bg-card focus:p-3"
      >
        Skip to the content
      </a>
      <header class="border-b border-line bg-card lg:sticky lg:top-0 lg:h-dvh lg:overflow-y-auto lg:border-b-0 lg:border-r">
        <div class="flex min-h-15 items-center justify-between gap-2 px-4 lg:px-5">
          <a
            href="/console"
            class="flex flex-wrap items-center gap-x-2.5 gap-y-1 py-2 font-bold tracking-tight text-ink no-underline"
          >
            <img src="/assets/favicon.svg" alt="" width="28" height="28" />
            Ordermill
            <Where />
          </a>
          <div class="flex gap-2 lg:hidden">
            <button type="button" class={BAR} onClick={show("palette")}>
              Find
            </button>
            <button
              type="button"
              class={BAR}
              aria-expanded={menu.value}
              aria-controls="views"
              onClick={() => {
                menu.value = !menu.value;
              }}
            >
              Menu
            </button>
          </div>
        </div>
        <div class="hidden px-5 lg:block">
          <button
            type="button"
            onClick={show("palette")}
            aria-keyshortcuts="Control+K Meta+K"
            class="flex min-h-9 w-full cursor-pointer items-center justify-between rounded-control border border-line px-3 text-sm text-soft hover:border-accent hover:text-accent"
          >
            Find or do <kbd class="font-mono text-xs">Ctrl K</kbd>
          </button>
        </div>
        <Menu path={path} open={menu.value} show={show} />
      </header>
      <main id="main" class="mx-auto w-full max-w-7xl px-4 py-6 sm:px-8 lg:py-8">
        {path !== "/console/session" && <Ended />}
        {props.children}
      </main>
      <Palette
        open={over.value === "palette"}
        onClose={show(null)}
        frame={{ help: show("help"), requests: show("requests") }}
      />
      <Help open={over.value === "help"} onClose={show(null)} path={path} />
      <Dialog title="Requests of this view" open={over.value === "requests"} onClose={show(null)}>
        <AskedList />
      </Dialog>
      <Toasts />
    </div>
  );
}

const BAR = "min-h-11 cursor-pointer rounded-control border border-edge px-3 text-sm font-medium";
const SMALL = "cursor-pointer text-accent underline";

function Menu(props: { path: string; open: boolean; show: (what: Over) => () => void }) {
  const { path, open, show } = props;
  const link = (to: string, text: string) => (
    <a
      href={to}
      aria-current={isAt(path, to) ? "page" : undefined}
      class="flex min-h-9 items-center rounded-control px-2 text-sm text-ink no-underline hover:bg-ground aria-[current=page]:bg-wash aria-[current=page]:font-semibold aria-[current=page]:text-accent"
    >
      {text}
    </a>
  );
  return (
    <nav id="views" aria-label="Console" class={`px-3 pb-4 lg:block ${open ? "" : "hidden"}`}>
      <div class="mt-3">{link(...HOME)}</div>
      {GROUPS.map(([name, entries]) => (
        <div key={name} class="mt-3">
          <p class="px-2 text-xs font-semibold uppercase tracking-wider text-soft">{name}</p>
          <ul>
            {entries.map(([to, text]) => (
              <li key={to}>{link(to, text)}</li>
            ))}
          </ul>
        </div>
      ))}
      <div class="mt-5 flex flex-wrap gap-x-4 gap-y-2 border-t border-line px-2 pt-4 text-sm">
        <a href="/" target="_self" class="text-accent">
          Storefront
        </a>
        <a href="/docs" target="_self" class="text-accent">
          API
        </a>
        <button type="button" class={SMALL} onClick={show("requests")}>
          Requests
        </button>
        <button type="button" class={SMALL} aria-keyshortcuts="Shift+?" onClick={show("help")}>
          Help
        </button>
        <button type="button" class={SMALL} onClick={() => setTheme(theme.value === "dark" ? "bright" : "dark")}>
          {theme.value === "dark" ? "Bright" : "Dark"}
        </button>
      </div>
    </nav>
  );
}
