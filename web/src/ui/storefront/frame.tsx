/** What surrounds every view of the storefront. */

import { setTheme, theme } from "../kit/theme";
import { cart, countText, totalText } from "./cart";
import { mine } from "./mine";
import { notice } from "./ordering";
import { route } from "./route";
import { Subscribe } from "./subscribe";

const LINK =
  "inline-flex min-h-11 items-center gap-2 rounded-control px-2 sm:px-3 text-sm font-medium text-ink no-underline hover:bg-wash " +
  "aria-[current=page]:bg-wash aria-[current=page]:text-accent";

const CartIcon = () => (
  <svg aria-hidden="true" viewBox="0 0 24 24" class="size-5 fill-none stroke-current stroke-2">
    <path d="M3 4h2.5l2.2 11h10.1l2.2-8H6.4" stroke-linecap="round" stroke-linejoin="round" />
    <circle cx="9" cy="19.5" r="1.2" />
    <circle cx="17" cy="19.5" r="1.2" />
  </svg>
);

export function Header() {
  const { view } = route.value;
  const lines = cart.at.value;
  const orders = mine.at.value.length;
  const current = (is: boolean) => (is ? "page" : undefined);
  return (
    <header class="sticky top-0 z-10 border-b border-line bg-card/90 backdrop-blur">
      {/* No link: the fragment of the address says which view is shown. */}
      <button
        type="button"
        class="sr-only focus:not-sr-only focus:fixed focus:left-4 focus:top-0 focus:z-20 focus:rounded-b-lg focus:bg-card focus:p-3"
        onClick={() => document.getElementById("main")?.focus()}
      >
        Skip to the content
      </button>
      <div class="mx-auto flex min-h-16 max-w-6xl items-center justify-between gap-2 px-4 sm:px-6">
        <a href="#/" class="flex min-h-11 items-center gap-2.5 font-bold tracking-tight text-ink no-underline">
          <img src="/assets/favicon.svg" alt="" width="28" height="28" />
          Ordermill
        </a>
        <nav aria-label="Shop" class="flex items-center gap-1">
          <a href="#/" aria-current={current(view === "shop")} class={`${LINK} max-[26rem]:hidden`}>
            Shop
          </a>
          <a href="#/orders" aria-current={current(view === "orders" || view === "order")} class={LINK}>
            My orders{orders > 0 && <span class="font-normal tabular-nums text-soft">{orders}</span>}
          </a>
          <a href="#/cart" aria-current={current(view === "cart")} class={LINK}>
            <CartIcon />
            Cart
            {lines.length > 0 && (
              <span class="min-w-5 rounded-full bg-accent px-1.5 text-center text-xs/5 font-semibold tabular-nums text-on-accent">
                {countText(lines)}
              </span>
            )}
          </a>
        </nav>
      </div>
      {notice.value?.retry && view !== "cart" && (
        <p role="status" class="bg-warn-wash px-4 py-2 text-center text-sm text-warn">
          An order of yours has no answer yet. <a href="#/cart">Find out what became of it</a>
        </p>
      )}
    </header>
  );
}

/** On small screens, where the cart is not beside the products. */
export function CartBar() {
  const lines = cart.at.value;
  if (lines.length === 0) return null;
  return (
    <div class="sticky bottom-0 z-10 -mx-4 mt-6 border-t border-line bg-card/95 px-4 py-3 backdrop-blur lg:hidden">
      <a
        href="#/cart"
        class="flex min-h-12 items-center justify-between rounded-control bg-accent px-4 font-semibold text-on-accent no-underline hover:bg-accent-strong"
      >
        <span>
          To the checkout <span class="font-normal">· {countText(lines)}</span>
        </span>
        <span class="tabular-nums">{totalText(lines)}</span>
      </a>
    </div>
  );
}

export function Footer() {
  const dark = theme.value === "dark";
  return (
    <footer class="mt-8 border-t border-line bg-card">
      <div class="mx-auto grid max-w-6xl gap-8 px-4 py-8 sm:px-6 md:grid-cols-[1fr_minmax(0,24rem)]">
        <div class="grid content-start gap-4">
          <p class="max-w-prose text-sm text-soft">A repeated click or a second try never makes two orders.</p>
          <ul class="-ml-2 flex flex-wrap gap-x-2 text-sm">
            <li>
              <a href="/console" class={LINK}>
                Staff
              </a>
            </li>
            <li>
              <a href="/docs" class={LINK}>
                API
              </a>
            </li>
            <li>
              <button type="button" class={`${LINK} cursor-pointer`} onClick={() => setTheme(dark ? "bright" : "dark")}>
                {dark ? "Bright" : "Dark"}
              </button>
            </li>
          </ul>
        </div>
        <Subscribe />
      </div>
    </footer>
  );
}
