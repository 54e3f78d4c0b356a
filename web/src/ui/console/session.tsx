/** `/console/session`: who is signed in in this browser, and the ways out. */

import { useSignal } from "@preact/signals";
import { api, got } from "../../api/client";
import { readSession } from "../../api/session";
import { Button } from "../kit/controls";
import { Facts, Time } from "../kit/data";
import { useAction, useResource } from "../kit/resource";
import { Card, Note, PageHead, ProblemNote } from "../kit/surfaces";

export default function View() {
  const read = useResource("session", async () => {
    const session = await readSession();
    return { session, count: session && (await got(api.GET("/sessions"))).sessions.length };
  });
  const left = useSignal("");
  const leave = useAction(async (everywhere: boolean) => {
    if (everywhere) await api.POST("/sign-out/everywhere");
    else await api.POST("/sign-out");
    left.value = everywhere ? "Everybody is signed out" : "You are signed out";
  });
  const found = read.data.value;
  const session = found?.session;
  if (left.value || (found && !session)) {
    return (
      <>
        <PageHead title={left.value || "You are not signed in"} />
        <Note>
          To sign in again, print a new link with <code class="font-mono">ordermill sign-in</code>. The{" "}
          <a href="/" target="_self">
            storefront
          </a>{" "}
          is for everybody.
        </Note>
      </>
    );
  }
  return (
    <>
      <PageHead title="Signed in as staff" />
      {read.error.value !== null && <ProblemNote error={read.error.value} retry={read.reload} />}
      {session && (
        <Card class="grid gap-6">
          {session.session ? (
            <Facts
              of={[
                ["Since", <Time key="at" at={session.session.at} />],
                ["Until, if unused", <Time key="idle" at={session.session.idleAt} />],
                ["Until, at the latest", <Time key="end" at={session.session.expiresAt} />],
                ["Sessions of staff", found.count],
              ]}
            />
          ) : (
            <p>By a token, which has no end.</p>
          )}
          {leave.error.value !== null && <ProblemNote error={leave.error.value} />}
          <div class="flex flex-wrap gap-3">
            <Button busy={leave.busy.value} onClick={() => leave.run(false)}>
              Sign out
            </Button>
            <Button busy={leave.busy.value} onClick={() => leave.run(true)}>
              Sign out everywhere
            </Button>
          </div>
          <p class="text-sm text-soft">
            Everywhere: every browser is signed out, and links that nobody has used stop working.
          </p>
        </Card>
      )}
    </>
  );
}
