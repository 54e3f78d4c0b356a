/** `/console/dead-letters`. */

import { Missing } from "./missing";

export default function View() {
  return <Missing title="Dead letters" />;
}
