import { render } from "preact";
import { afterEach, expect, test, vi } from "vitest";
import { put } from "../../../src/api/place";
import { enter } from "../../../src/api/session";
import { filled } from "../../../src/ui/console/elsewhere";
import { Outside } from "../../../src/ui/console/outside";
import { DEPLOYMENT, head } from "../../api/deployment";

afterEach(() => {
  put({ kind: "local" });
  render(null, document.body);
  document.head.replaceChildren();
  vi.unstubAllGlobals();
});

async function entered(answer: () => Response) {
  head();
  vi.stubGlobal("fetch", async () => answer());
  return enter();
}

test("who is not signed in on a deployment is shown the way in", async () => {
  const entry = await entered(() => Response.json(DEPLOYMENT));
  if (entry.kind === "in") throw new Error("nobody signed in");
  render(<Outside entry={entry} />, document.body);
  expect(document.querySelector("h1")?.textContent).toBe("Sign in as staff");
  expect(document.querySelector("button")?.textContent).toBe("Sign in");
  expect(document.body.textContent).toContain("on AWS in eu-west-1");
});

test("where nobody was named staff it says how to name somebody", async () => {
  const entry = await entered(() => Response.json({ ...DEPLOYMENT, signIn: null }));
  if (entry.kind === "in") throw new Error("nobody signed in");
  render(<Outside entry={entry} />, document.body);
  expect(document.body.textContent).toContain("staff_emails");
  expect(document.querySelector("button")).toBeNull();
});

test("a deployment that cannot be read is no blank page", async () => {
  const entry = await entered(() => new Response("", { status: 503 }));
  if (entry.kind === "in") throw new Error("nobody signed in");
  render(<Outside entry={entry} />, document.body);
  expect(document.querySelector("[role=alert]")?.textContent).toContain("answered 503");
});

test("a view that only the local server fills says where AWS has the same", () => {
  const View = () => <p>lines</p>;
  expect(filled("/console/logs", View)).toBe(View);
  put({ kind: "aws", ...DEPLOYMENT });
  expect(filled("/console/orders", View)).toBe(View);
  const Instead = filled("/console/logs", View);
  render(<Instead />, document.body);
  expect(document.body.textContent).toContain("Logs Insights");
  expect(document.querySelector("a")?.getAttribute("href")).toBe(DEPLOYMENT.dashboard);
});
