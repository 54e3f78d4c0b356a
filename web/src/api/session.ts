/** Who is signed in in this browser: by a cookie of the local server, or by the user pool of a deployment. */

import { api, got, proveWith } from "./client";
import { type Place, readPlace } from "./place";
import { Problem } from "./problem";
import type { components } from "./schema";
import { type Member, Staff } from "./staff";

export type Session = components["schemas"]["CurrentSessionView"];

/** What this page is to show first. `out`: nobody is signed in; `why` says what failed, where something did. */
export type Entry =
  | { kind: "in"; place: Place }
  | { kind: "out"; place: Place; why: string | null }
  | { kind: "broken"; why: string };

let staff: Staff | null = null;

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

/** Find out where this page runs and who is signed in, and from now on prove it to the API. Never rejects. */
export async function enter(): Promise<Entry> {
  let place: Place;
  try {
    place = await readPlace();
  } catch (error) {
    return { kind: "broken", why: String(error) };
  }
  if (place.kind === "local") {
    // The server shows the page to nobody else; what fails here fails again in the view, which says so.
    await readSession().catch(() => null);
    return { kind: "in", place };
  }
  if (!place.signIn) return { kind: "out", place, why: null };
  const address = new URL(location.href);
  try {
    staff = await Staff.of(place.signIn);
    proveWith(null, bearer);
    if (Staff.isReturn(address)) history.replaceState(null, "", await staff.returned(address));
    return (await staff.member()) ? { kind: "in", place } : { kind: "out", place, why: null };
  } catch (error) {
    if (Staff.isReturn(address)) history.replaceState(null, "", "/console");
    return { kind: "out", place, why: error instanceof Error ? error.message : String(error) };
  }
}

/** Who is signed in on this deployment; null where nobody is. */
export const member = async (): Promise<Member | null> => (await staff?.member()) ?? null;

/** Sign in on this deployment, and come back to `to`: the page is left. Throws where that cannot be begun. */
export async function signIn(home: string, to: string): Promise<void> {
  // What is asked for at one origin is answered at the other: sign in where the issuer sends people back to.
  if (location.origin !== home) location.assign(home + to);
  else await staff?.enter(to);
}

/** Sign out of this deployment, by the issuer's page. */
export async function signOut(): Promise<void> {
  await staff?.leave();
}

const bearer = async (): Promise<string | null> => (await staff?.bearer()) ?? null;
