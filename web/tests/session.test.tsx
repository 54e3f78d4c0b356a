import { render } from "preact";
import { afterEach, expect, test, vi } from "vitest";
import { problemOf } from "../src/api/problem";
import { VIEWS } from "../src/ui/console/app";
import SessionPage from "../src/ui/console/session";
import views from "../src/ui/console/views.json";

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

test("every path has a view, and every view a path", () => {
  expect(Object.keys(VIEWS).sort()).toEqual([...views].sort());
});

test("a problem says all that is wrong, and when to ask again", () => {
  const problem = problemOf(422, { type: "/problems/invalid-order", title: "No", detail: "d", errors: [] }, "3");
  expect([problem.slug, problem.title, problem.retryMs]).toEqual(["invalid-order", "No", 3000]);
  expect(problemOf(502, "<html>", "soon").title).toBe("The server answered 502");
});

test("who is not signed in is told how to sign in", async () => {
  vi.stubGlobal("fetch", async () => Response.json({ type: "/problems/unauthorized", status: 401 }, { status: 401 }));
  render(<SessionPage />, document.body);
  await vi.waitFor(() => expect(document.body.textContent).toContain("ordermill sign-in"));
  expect(document.querySelectorAll("button")).toHaveLength(0);
});
