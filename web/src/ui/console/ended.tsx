/** What a session's end comes to: it is said how to sign in again, and what was typed stays where it is. */

import { signal, useSignalEffect } from "@preact/signals";
import type { Middleware } from "openapi-fetch";
import { api } from "../../api/client";
import { place } from "../../api/place";
import { readSession, signIn } from "../../api/session";
import { Button } from "../kit/controls";
import { Copied } from "../kit/data";
import { useAction } from "../kit/resource";
import { Note, ProblemNote } from "../kit/surfaces";
import { announce } from "../kit/toast";

/** Whether the server last said that nobody is signed in. */
export const ended = signal(false);

const watcher: Middleware = {
  onResponse({ request, response }) {
    if (response.status === 401) ended.value = true;
    else if (response.ok && new URL(request.url).pathname === "/session") ended.value = false;
    // Signed in anew elsewhere: what proves this page's requests is another one by now.
    else if (response.status === 403 && request.method !== "GET") void readSession().catch(() => null);
  },
};

let watching = false;

/** Begin to notice what the API's client is answered. */
export function watchSession() {
  if (!watching) api.use(watcher);
  watching = true;
}

async function lookAgain() {
  if (await readSession()) announce("You are signed in again");
}

/** Whoever comes back from the tab in which the link was opened need not say so. */
function onReturn() {
  if (document.visibilityState === "visible") void lookAgain().catch(() => null);
}

/** Says so above the view, which stays as it is. */
export function Ended() {
  const again = useAction(lookAgain);
  useSignalEffect(() => {
    if (!ended.value) return;
    document.addEventListener("visibilitychange", onReturn);
    return () => document.removeEventListener("visibilitychange", onReturn);
  });
  if (!ended.value) return null;
  const here = place();
  if (here.kind === "aws") return <OverThere home={here.home} />;
  return (
    <div class="mb-6">
      <Note tone="warn">
        <p class="font-semibold">You are not signed in any more</p>
        <p class="mt-1">
          What you typed is still here. Print a link with <code class="font-mono">ordermill sign-in</code>{" "}
          <Copied text="ordermill sign-in" />, open it in another tab of this browser, and come back.
        </p>
        <Button small class="mt-3" busy={again.busy.value} onClick={() => again.run()}>
          I am signed in again
        </Button>
      </Note>
    </div>
  );
}

/** In a deployment the way in leads over the user pool's page, and so away from here. */
function OverThere(props: { home: string }) {
  const going = useAction(() => signIn(props.home, location.pathname + location.search));
  return (
    <div class="mb-6">
      <Note tone="warn">
        <p class="font-semibold">You are not signed in any more</p>
        <p class="mt-1">
          Signing in leads away from this page and back to it: what you have typed and want to keep, copy it first.
        </p>
        {going.error.value !== null && <ProblemNote error={going.error.value} />}
        <Button small class="mt-3" busy={going.busy.value} onClick={() => going.run()}>
          Sign in
        </Button>
      </Note>
    </div>
  );
}
