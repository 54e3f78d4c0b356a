/** Who is signed in in this browser. */

import { api, got, proveWith } from "./client";
import { Problem } from "./problem";
import type { components } from "./schema";

export type Session = components["schemas"]["CurrentSessionView"];

/** The session, whose CSRF token is used from now on; null where nobody is signed in. Throws Problem. */
export async function readSession(): Promise<Session | null> {
  try {
    const session = await got(api.GET("/session"));
    proveWith(session.csrfToken);
    return session;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}
