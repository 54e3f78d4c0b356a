/** Finding one's way among the products. */

import type { Product } from "./cart";

const FEW = 10;

/** Those whose name or number has every word. */
export function matching(products: readonly Product[], query: string): Product[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return products.filter((product) => {
    const text = `${product.name} ${product.sku}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The currencies that the shop sells in. */
export const currenciesOf = (products: readonly Product[]) => [...new Set(products.map((each) => each.currency))];

/** What is to be known of the stock before one chooses; null where there is plenty, or nobody counts. */
export function stockText({ stock }: Product): string | null {
  if (stock === null || stock > FEW) return null;
  return stock === 0 ? "Sold out" : `Only ${stock} left`;
}
