/** What surrounds every view of the console: the way to the others, and who is signed in. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { place } from "../../api/place";
import { setTheme, theme } from "../kit/theme";

type Entry = readonly [path: string, text: string];
const GROUPS: readonly (readonly [string, readonly Entry[]])[] = [
  [
    "Orders",
    [
      ["/console/live", "Live view"],
      ["/console/orders", "Orders"],
      ["/console/import", "Import"],
      ["/console/archive", "Archive"],
      ["/console/reports", "Reports"],
      ["/console/catalogue", "Catalogue"],
    ],
  ],
  [
    "Messages",
    [
      ["/console/dead-letters", "Dead letters"],
      ["/console/alerts", "Alerts"],
      ["/console/mails", "Mails"],
      ["/console/subscriptions", "Subscriptions"],
    ],
  ],
  [
    "System",
    [
      ["/console/topology", "Topology"],
      ["/console/faults", "Faults"],
      ["/console/metrics", "Metrics"],
      ["/console/logs", "Logs"],
      ["/console/session", "Session"],
    ],
  ],
];

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
  const { path } = useLocation();
  const [open, setOpen] = useState(false);
  const current = (to: string) => path === to || path.startsWith(`${to}/`);
  return (
    <div class="min-h-dvh lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#main"
        class="sr-only focus:not-sr-only focus:fixed focus:left-4 focus:top-0 focus:z-20 focus:rounded-b-lg focus:bg-card focus:p-3"
      >
        Skip to the content
      </a>
      <header class="border-b border-line bg-card lg:sticky lg:top-0 lg:h-dvh lg:overflow-y-auto lg:border-b-0 lg:border-r">
        <div class="flex min-h-15 items-center justify-between px-4 lg:px-5">
          <a
            href="/console"
            class="flex flex-wrap items-center gap-x-2.5 gap-y-1 py-2 font-bold tracking-tight text-ink no-underline"
          >
            <img src="/assets/favicon.svg" alt="" width="28" height="28" />
            Ordermill
            <Where />
          </a>
          <button
            type="button"
            class="min-h-11 rounded-control border border-edge px-3 text-sm font-medium lg:hidden"
            aria-expanded={open}
            aria-controls="views"
            onClick={() => setOpen(!open)}
          >
            Menu
          </button>
        </div>
        <nav id="views" aria-label="Console" class={`px-3 pb-4 lg:block ${open ? "" : "hidden"}`}>
          {GROUPS.map(([name, entries]) => (
            <div key={name} class="mt-3">
              <p class="px-2 text-xs font-semibold uppercase tracking-wider text-soft">{name}</p>
              <ul>
                {entries.map(([to, text]) => (
                  <li key={to}>
                    <a
                      href={to}
                      aria-current={current(to) ? "page" : undefined}
                      onClick={() => setOpen(false)}
                      class="flex min-h-9 items-center rounded-control px-2 text-sm text-ink no-underline hover:bg-ground aria-[current=page]:bg-wash aria-[current=page]:font-semibold aria-[current=page]:text-accent"
                    >
                      {text}
                    </a>
                  </li>
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
            <button
              type="button"
              class="cursor-pointer text-accent underline"
              onClick={() => setTheme(theme.value === "dark" ? "bright" : "dark")}
            >
              {theme.value === "dark" ? "Bright" : "Dark"}
            </button>
          </div>
        </nav>
      </header>
      <main id="main" class="mx-auto w-full max-w-7xl px-4 py-6 sm:px-8 lg:py-8">
        {props.children}
      </main>
    </div>
  );
}
