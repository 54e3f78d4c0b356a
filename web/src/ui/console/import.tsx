/** `/console/import`. */

import { Missing } from "./missing";

export default function View() {
  return <Missing title="Import orders" />;
}
