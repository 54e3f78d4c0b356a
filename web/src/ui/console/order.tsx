/** `/console/orders/:orderId`. */

import { Missing } from "./missing";

export default function View() {
  return <Missing title="Order" />;
}
