/** `/console/reports`. */

import { Missing } from "./missing";

export default function View() {
  return <Missing title="Reports" />;
}
