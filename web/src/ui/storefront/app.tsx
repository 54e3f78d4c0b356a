/** The storefront: what surrounds its views, and which of them is shown. */

import { useEffect } from "preact/hooks";
import { useResource } from "../kit/resource";
import { readProducts } from "./ask";
import { cart, repriced } from "./cart";
import { Checkout } from "./checkout";
import { Footer, Header } from "./frame";
import { OrderPage } from "./order-page";
import { OrdersPage } from "./orders-page";
import { arrivals, route } from "./route";
import { Shop } from "./shop";

const PRODUCTS_MS = 30_000;

export function Storefront() {
  const products = useResource("products", readProducts, PRODUCTS_MS);
  const list = products.data.value;
  useEffect(() => {
    if (list && cart.at.value.some((line) => line.sku !== null)) cart.change((lines) => repriced(lines, list));
  }, [list]);
  const at = route.value;
  return (
    <div class="flex min-h-dvh flex-col">
      <Header />
      <main id="main" tabIndex={-1} class="mx-auto w-full max-w-6xl grow px-4 py-6 outline-none sm:px-6 sm:py-10">
        {at.view === "shop" && <Shop products={products} />}
        {at.view === "cart" && <Checkout products={list ?? []} />}
        {at.view === "orders" && <OrdersPage />}
        {at.view === "order" && <OrderPage key={`${at.orderId} ${arrivals.value}`} orderId={at.orderId} />}
      </main>
      <Footer />
    </div>
  );
}
