/** `/console/faults`. */

import { Missing } from "./missing";

export default function View() {
  return <Missing title="Faults" />;
}
