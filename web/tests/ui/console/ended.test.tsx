import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, test } from "vitest";
import { put } from "../../../src/api/place";
import { Ended, ended } from "../../../src/ui/console/ended";
import { DEPLOYMENT } from "../../api/deployment";

afterEach(() => {
  ended.value = false;
  put({ kind: "local" });
  document.body.replaceChildren();
});

async function shown(): Promise<string> {
  await act(() => {
    render(<Ended />, document.body);
    ended.value = true;
  });
  return document.body.textContent;
}

test("here a link is printed, and the view stays as it is", async () => {
  expect(await shown()).toContain("ordermill sign-in");
});

test("in a deployment the way in is a button, and nobody is sent to a command", async () => {
  put({ kind: "aws", ...DEPLOYMENT });
  const said = await shown();
  expect(said).toContain("copy it first");
  expect(said).not.toContain("ordermill sign-in");
  expect(document.querySelector("button")?.textContent).toBe("Sign in");
});
