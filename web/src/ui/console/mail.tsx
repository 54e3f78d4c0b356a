/** `/console/mails/:mailId`. */

import { Missing } from "./missing";

export default function View() {
  return <Missing title="Mail" />;
}
