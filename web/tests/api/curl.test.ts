import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { curlOf, quoted } from "../../src/api/curl";

/** What a POSIX shell hands to curl. */
function argumentsOf(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  const told = execFileSync("sh", ["-c", script], { env: { ORDERMILL_STAFF_TOKEN: "s3cret" }, encoding: "utf8" });
  return told.split("\0").slice(0, -1);
}

const HOSTILE = [
  "it's",
  "''",
  "$(touch /tmp/x)",
  "`id`",
  '"double" \\ back\\',
  "line\nbreak\ttab",
  "; rm -rf / #",
  "!history $HOME ~ * ?",
  "Ünïcödé 漢字 🛒",
  "-X",
  "",
];

test.each(HOSTILE)("a shell reads the word as it was: %j", (text) => {
  expect(argumentsOf(`curl ${quoted(text)}`)).toEqual([text]);
});

test("the command makes the same request, with the token by its variable alone", () => {
  const body = JSON.stringify({ reason: "it's @here $(now)", note: null });
  const sent = {
    method: "PATCH",
    path: "/orders/ord_1?reason=She%20called",
    headers: {
      "If-Match": '"4"',
      "content-type": "application/json",
      "csrf-token": "secret",
      Authorization: "Bearer x",
    },
    body,
  };
  const command = curlOf(sent, "http://127.0.0.1:8420");
  expect(command).not.toMatch(/secret|Bearer x/);
  expect(argumentsOf(command)).toEqual([
    "-X",
    "PATCH",
    "http://127.0.0.1:8420/orders/ord_1?reason=She%20called",
    "-H",
    "Authorization: Bearer s3cret",
    "-H",
    'If-Match: "4"',
    "-H",
    "content-type: application/json",
    "--data-raw",
    body,
  ]);
});

test("what curl would take for a pattern or a file's name is none", () => {
  expect(curlOf({ method: "GET", path: "/orders?customer=[a-z]{b}" }, "http://h")).toContain("curl -g 'http");
  expect(argumentsOf(curlOf({ method: "POST", path: "/x", body: "@/etc/passwd" }, "http://h")).slice(-2)).toEqual([
    "--data-raw",
    "@/etc/passwd",
  ]);
});
