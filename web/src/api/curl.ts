/** A request as a command for a POSIX shell that makes it again. */

export type Sent = {
  method: string;
  /** From the origin on: `/orders?status=FAILED`. */
  path: string;
  /** Of those sent, the ones that matter; names in any case. */
  headers?: Readonly<Record<string, string>>;
  body?: string | null;
};

/** What proves who asks is the session's and never shown: the command proves it with the staff token's variable. */
const OWN = new Set(["csrf-token", "authorization", "cookie", "accept"]);
const TOKEN = '-H "Authorization: Bearer $ORDERMILL_STAFF_TOKEN"';

/** One word for the shell, whatever is in it. A NUL, which no argument can have, is left out. */
export function quoted(text: string): string {
  const word = text.replaceAll("\0", "");
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command; `origin` such as `http://127.0.0.1:8420`. */
export function curlOf(sent: Sent, origin: string): string {
  const parts = ["curl"];
  // Brackets and braces in an address would be curl's own patterns.
  if (/[[\]{}]/.test(sent.path)) parts.push("-g");
  if (sent.method !== "GET") parts.push("-X", quoted(sent.method));
  parts.push(quoted(origin + sent.path), TOKEN);
  for (const [name, value] of Object.entries(sent.headers ?? {}))
    if (!OWN.has(name.toLowerCase())) parts.push("-H", quoted(`${name}: ${value}`));
  // `--data-raw`: what begins with @ is no file's name.
  if (sent.body) parts.push("--data-raw", quoted(sent.body));
  return parts.join(" ");
}
