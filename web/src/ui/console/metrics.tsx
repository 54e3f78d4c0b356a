/** `/console/metrics`. */

import { Missing } from "./missing";

export default function View() {
  return <Missing title="Metrics" />;
}
