/** How a mail's status looks. */

import type { components } from "../../../api/schema";
import type { Tone } from "../../kit/data";

export const MAIL_TONES: Record<components["schemas"]["MailView"]["status"], Tone> = {
  SENT: "good",
  QUEUED: "info",
  FAILED: "bad",
  NO_ADDRESS: "warn",
};
