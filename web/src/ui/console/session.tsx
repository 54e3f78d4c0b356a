/** `/console/session`: who is signed in in this browser, and the ways out. */

import { useSignal } from "@preact/signals";
import { api, got } from "../../api/client";
import { place } from "../../api/place";
import { Problem } from "../../api/problem";
import { member, readSession, signIn, signOut } from "../../api/session";
import { Button } from "../kit/controls";
import { Facts, Time } from "../kit/data";
import { useAction, useResource } from "../kit/resource";
import { Card, Note, PageHead, ProblemNote } from "../kit/surfaces";

export default function View() {
  const here = place();
  return here.kind === "aws" ? <OfPool home={here.home} /> : <OfServer />;
}

/** Whether the API takes who is signed in for staff: the pool may have others. Throws Problem. */
async function isStaff(): Promise<boolean> {
  try {
    await api.GET("/orders", { params: { query: { limit: 1 } } });
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 403) return false;
    throw error;
  }
}

/** Of a deployment: by its user pool. */
function OfPool(props: { home: string }) {
  const read = useResource("member", async () => {
    const found = await member();
    return { member: found, staff: found !== null && (await isStaff()) };
  });
  const leave = useAction(signOut);
  const again = useAction(() => signIn(props.home, "/console"));
  const found = read.data.value;
  const failed = read.error.value ?? leave.error.value ?? again.error.value;
  return (
    <>
      <PageHead title={found && !found.member ? "You are not signed in" : "Signed in as staff"} />
      <Card class="grid gap-6">
        {failed !== null && <ProblemNote error={failed} />}
        {found?.member && (
          <>
            <Facts
              of={[
                ["Who", found.member.email ?? "not told"],
                ["Staff", found.staff ? "yes" : "no: ask to be added to the group of staff in the user pool"],
                ["Token until", <Time key="end" at={new Date(found.member.expiresAt).toISOString()} />],
              ]}
            />
            <div>
              <Button busy={leave.busy.value} onClick={() => leave.run()}>
                Sign out
              </Button>
            </div>
            <p class="text-sm text-soft">
              The token is renewed as you work, and is forgotten when this tab is closed. To end the sessions of other
              browsers, sign the user out in the deployment's user pool.
            </p>
          </>
        )}
        {found && !found.member && (
          <div>
            <Button tone="primary" busy={again.busy.value} onClick={() => again.run()}>
              Sign in again
            </Button>
          </div>
        )}
      </Card>
    </>
  );
}

/** Of the local server: by a cookie, or by a token. */
function OfServer() {
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
