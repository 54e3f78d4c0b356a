/** `/`: what there is to order, with the cart beside it. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Button, ButtonLink, Spinner, TextField } from "../kit/controls";
import { shown, shownText } from "../kit/money";
import type { Resource } from "../kit/resource";
import { Empty, Note, ProblemNote } from "../kit/surfaces";
import { Art } from "./art";
import { cart, lineTotal, type Product, refusal, totalText, withProduct } from "./cart";
import { CartBar } from "./frame";
import { OwnDialog } from "./own";
import { currenciesOf, matching, stockText } from "./products";
import { brokenLink } from "./route";

/** From so many products on they can be searched. */
const MANY = 9;

export function Shop(props: { products: Resource<Product[]> }) {
  useEffect(() => {
    document.title = "Shop · Ordermill";
  }, []);
  return (
    <>
      <Hero />
      <div class="mt-4 empty:hidden">
        {brokenLink.value && <Note tone="warn">This link shows no order. Was it copied whole?</Note>}
      </div>
      <div class="mt-8 grid gap-8 lg:grid-cols-[minmax(0,1fr)_19rem] lg:items-start">
        <Products products={props.products} />
        <SideCart />
      </div>
      <CartBar />
    </>
  );
}

function Products(props: { products: Resource<Product[]> }) {
  const { products } = props;
  const query = useSignal("");
  const own = useSignal(false);
  const refused = useSignal("");
  const said = useSignal("");
  const list = products.data.value ?? [];
  const add = (product: Product) => {
    refused.value = refusal(cart.at.value, product.currency, `sku:${product.sku}`) ?? "";
    if (refused.value) return;
    cart.change((lines) => withProduct(lines, product));
    said.value = `${product.name}: ${pieces(product)} in the cart`;
  };
  return (
    <section aria-label="Products">
      {list.length >= MANY && <Search query={query} />}
      <Loading products={products} />
      <div class="mb-4 empty:hidden">{refused.value && <Note tone="bad">{refused.value}</Note>}</div>
      {matching(list, query.value).length === 0 && query.value !== "" && <NothingFound query={query} />}
      <ul class="grid grid-cols-[repeat(auto-fill,minmax(min(100%,12.5rem),1fr))] gap-4 max-sm:grid-cols-2 max-sm:gap-3">
        {matching(list, query.value).map((product) => (
          <ProductCard key={product.sku} product={product} onAdd={() => add(product)} />
        ))}
        {(products.data.value || products.error.value !== null) && (
          <OwnCard
            onOpen={() => {
              own.value = true;
            }}
          />
        )}
      </ul>
      <p role="status" class="sr-only">
        {said.value}
      </p>
      <OwnDialog
        open={own.value}
        currencies={currenciesOf(list)}
        onClose={() => {
          own.value = false;
        }}
      />
    </section>
  );
}

const Search = (props: { query: Signal<string> }) => (
  <search class="mb-5 block max-w-md">
    <TextField
      label="Search"
      type="search"
      value={props.query.value}
      onValue={(value) => {
        props.query.value = value;
      }}
    />
  </search>
);

const NothingFound = (props: { query: Signal<string> }) => (
  <Empty title={`Nothing is called “${props.query.value}”`}>
    <Button
      onClick={() => {
        props.query.value = "";
      }}
    >
      Show everything
    </Button>
  </Empty>
);

function Loading(props: { products: Resource<Product[]> }) {
  const { data, error, reload } = props.products;
  if (error.value !== null) {
    return (
      <div class="mb-4">
        <ProblemNote error={error.value} retry={reload} />
      </div>
    );
  }
  if (data.value) return null;
  return (
    <p role="status" class="flex items-center gap-3 py-12 text-soft">
      <Spinner /> Loading the products…
    </p>
  );
}

const Hero = () => (
  <div class="relative overflow-hidden rounded-card bg-[#0b3d2e] text-[#f4f7f2] shadow-card">
    <div class="relative z-1 grid gap-2 p-6 sm:p-10 md:max-w-[58%]">
      <h1 class="text-3xl text-balance sm:text-4xl">Good things, ordered well.</h1>
      <p class="max-w-prose text-pretty text-[#cfe3d8]">
        Choose, order, and watch your order being processed, step by step, until it has arrived.
      </p>
    </div>
    <Art name="Ordermill" columns={6} rows={3} class="absolute inset-y-0 right-0 h-full w-[42%] max-md:hidden" />
  </div>
);

const pieces = (product: Product) => cart.at.value.find((line) => line.sku === product.sku)?.quantity ?? "0";

function ProductCard(props: { product: Product; onAdd: () => void }) {
  const { product } = props;
  const stock = stockText(product);
  const inCart = pieces(product);
  const soldOut = product.stock === 0;
  return (
    <li class="flex min-w-0 flex-col overflow-hidden rounded-card border border-line bg-card shadow-card transition-shadow hover:border-edge">
      <div class="relative">
        <Art name={product.name} class={`aspect-[4/3] w-full ${soldOut ? "opacity-40 grayscale" : ""}`} />
        {stock && (
          <span
            class={`absolute left-2.5 top-2.5 rounded-full px-2.5 py-0.5 text-xs font-semibold ${soldOut ? "bg-card text-soft" : "bg-warn-wash text-warn"}`}
          >
            {stock}
          </span>
        )}
        {inCart !== "0" && (
          <span class="absolute right-2.5 bottom-2.5 max-w-[80%] truncate rounded-full bg-accent px-2.5 py-0.5 text-xs font-semibold text-on-accent tabular-nums">
            {inCart} in cart
          </span>
        )}
      </div>
      <div class="flex grow flex-col gap-3 p-3.5 sm:p-4">
        <div class="grow">
          <h2 class="line-clamp-3 text-[0.9375rem]/5 font-medium break-words">{product.name}</h2>
          <p class="mt-1 text-lg font-semibold break-words tabular-nums">
            {shownText(product.price, product.currency)}
          </p>
        </div>
        <Button tone={inCart === "0" ? "primary" : "secondary"} disabled={soldOut} onClick={props.onAdd} class="w-full">
          {soldOut ? "Sold out" : inCart === "0" ? "Add to cart" : "Add another"}
          <span class="sr-only">{product.name}</span>
        </Button>
      </div>
    </li>
  );
}

const OwnCard = (props: { onOpen: () => void }) => (
  <li class="flex min-h-56 flex-col justify-center gap-3 rounded-card border-2 border-dashed border-edge/60 p-4">
    <h2 class="text-[0.9375rem]/5 font-medium">Something else</h2>
    <p class="text-sm text-soft">Not here? Say what it is, and your price.</p>
    <Button onClick={props.onOpen}>Name it</Button>
  </li>
);

function SideCart() {
  const lines = cart.at.value;
  return (
    <aside
      aria-label="Cart"
      class="sticky top-24 grid gap-4 rounded-card border border-line bg-card p-5 shadow-card max-lg:hidden"
    >
      <h2 class="text-lg">Your cart</h2>
      {lines.length === 0 && <p class="text-sm text-soft">Empty so far. What you add is kept here until you order.</p>}
      {lines.length > 0 && (
        <>
          <ul class="grid max-h-[45dvh] gap-3 overflow-y-auto text-sm">
            {lines.map((line) => {
              const sum = lineTotal(line);
              return (
                <li key={line.id} class="flex justify-between gap-3">
                  <span class="min-w-0 break-words">
                    <span class="text-soft tabular-nums">{line.quantity} ×</span> {line.name}
                  </span>
                  <span class="tabular-nums">{sum === null ? "–" : shown(sum, line.currency)}</span>
                </li>
              );
            })}
          </ul>
          <p class="flex justify-between gap-3 border-t border-line pt-3 font-semibold">
            Total <span class="tabular-nums">{totalText(lines)}</span>
          </p>
          <ButtonLink tone="primary" href="#/cart">
            To the checkout
          </ButtonLink>
        </>
      )}
    </aside>
  );
}
