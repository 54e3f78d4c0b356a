/** What a deployment's console shows to who is not signed in: the way in, or why there is none. */

import { type Entry, signIn } from "../../api/session";
import { Button } from "../kit/controls";
import { useAction } from "../kit/resource";
import { Card, Note, PageHead, ProblemNote } from "../kit/surfaces";

type Outsider = Exclude<Entry, { kind: "in" }>;

/** Shown in place of the console. */
export function Outside(props: { entry: Outsider }) {
  const { entry } = props;
  return (
    <main id="main" class="mx-auto grid min-h-dvh w-full max-w-lg content-center px-4 py-8">
      <p class="mb-6 flex items-center gap-2.5 font-bold tracking-tight">
        <img src="/assets/favicon.svg" alt="" width="28" height="28" />
        Ordermill
      </p>
      <Card>{entry.kind === "broken" ? <Broken why={entry.why} /> : <Door entry={entry} />}</Card>
    </main>
  );
}

function Broken(props: { why: string }) {
  return (
    <>
      <PageHead title="This page cannot start" />
      <Note tone="bad">
        What this deployment says of itself could not be read: {props.why}. Try again in a moment; if it stays so,
        deploy once more.
      </Note>
      <Button class="mt-5" onClick={() => location.reload()}>
        Try again
      </Button>
    </>
  );
}

function Door(props: { entry: Extract<Entry, { kind: "out" }> }) {
  const { place, why } = props.entry;
  const going = useAction(async () => {
    if (place.kind === "aws") await signIn(place.home, location.pathname + location.search);
  });
  const open = place.kind === "aws" && place.signIn !== null;
  return (
    <>
      <PageHead title={open ? "Sign in as staff" : "Nobody signs in here"} about={where(props.entry)} />
      {why !== null && (
        <div class="mb-5">
          <Note tone="bad">You were not signed in: {why}. Try again.</Note>
        </div>
      )}
      {going.error.value !== null && <ProblemNote error={going.error.value} />}
      {open ? (
        <Button tone="primary" busy={going.busy.value} onClick={() => going.run()}>
          Sign in
        </Button>
      ) : (
        <p>
          Nobody was named staff of this deployment. Name somebody in Terraform's variable{" "}
          <code class="font-mono">staff_emails</code>, and apply.
        </p>
      )}
      <p class="mt-6 text-sm text-soft">
        Orders are placed in the{" "}
        <a href="/" class="text-accent">
          storefront
        </a>
        , by everybody.
      </p>
    </>
  );
}

const where = ({ place }: Extract<Entry, { kind: "out" }>) =>
  place.kind === "aws" ? `The console of ${place.name}, on AWS in ${place.region}.` : "The console is for staff.";
