/** `/console/archive/:orderId`. */

import { Missing } from "./missing";

export default function View() {
  return <Missing title="Archived order" />;
}
