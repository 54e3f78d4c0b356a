/** `/console/live`: the system as it works. */

import { Missing } from "../console/missing";

export default function View() {
  return <Missing title="Live view" />;
}
