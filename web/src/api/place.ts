/** Where these pages run: beside the local server, or as files of a deployment on AWS, which says so itself. */

/** How staff of a deployment sign in: by the authorization code of this issuer, at these addresses. */
export type SignIn = {
  issuer: string;
  clientId: string;
  scope: string;
  /** Where the issuer sends people back to. */
  back: string;
  page: string;
  token: string;
  revoke: string;
  signOut: string;
};

/** `home`: the origin that people come to; `signIn` is null where nobody was named staff. */
export type Deployment = {
  name: string;
  region: string;
  pipeline: string;
  dashboard: string | null;
  home: string;
  signIn: SignIn | null;
};

export type Place = { kind: "local" } | ({ kind: "aws" } & Deployment);

let here: Place = { kind: "local" };

/** Where this page runs, as `readPlace` found. */
export const place = (): Place => here;

/**
 * Find out where this page runs. Packaging puts the address of the deployment's description into the page's head, so
 * that locally nothing is asked for. Rejects where the description cannot be read.
 */
export async function readPlace(): Promise<Place> {
  const from = document.querySelector<HTMLMetaElement>('meta[name="deployment"]')?.content;
  if (!from) return put({ kind: "local" });
  const answer = await fetch(from, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`${from} answered ${answer.status}`);
  return put({ kind: "aws", ...((await answer.json()) as Deployment) });
}

/** Say where this page runs: for tests. */
export const put = (found: Place): Place => {
  here = found;
  return found;
};

const SIGNED_IN = "Staff sign in through the deployment's user pool.";

/** The routes that the local server alone has, by their paths, and where AWS shows the same instead. */
export const LOCAL_ONLY: Readonly<Record<string, string>> = {
  "/live": "Events are not streamed there. Open an order to replay what happened to it.",
  "/metrics": "CloudWatch has the metrics: the deployment's dashboard shows them.",
  "/logs": "CloudWatch Logs has them: a group for each function; Logs Insights searches all of them together.",
  "/faults": "Faults are not injected there. To see a function fail, take a permission away from its role.",
  "/queues": "The dashboard shows how many messages wait, and SQS each queue.",
  "/health": "CloudWatch's alarms say what is wrong there.",
  "/orders/counts": "Orders are not counted there. The list filters them by status.",
  "/orders/{orderId}/execution": "The order's history shows what happened; X-Ray shows each call, where tracing is on.",
  "/executions/{executionId}": "Step Functions keeps its executions, and CloudWatch Logs what they logged.",
  "/payments": "The payment provider keeps the ledger; the order shows what was charged and refunded.",
  "/session": SIGNED_IN,
  "/sessions": SIGNED_IN,
  "/sign-in/links": SIGNED_IN,
  "/sign-out": SIGNED_IN,
  "/sign-out/everywhere": SIGNED_IN,
};

/** Where to look on AWS for what only the local server answers at this route; null where both do, or this is local. */
export const elsewhere = (route: string): string | null => (here.kind === "local" ? null : (LOCAL_ONLY[route] ?? null));
