/** `/console/topology/:name`. */

import { Missing } from "./missing";

export default function View() {
  return <Missing title="Topology" />;
}
