/** A CSV in requests that the server takes: rows keep the numbers that a spreadsheet shows. */

const ROWS_MOST = 500;
const BYTES_MOST = 240 * 1024;

/** What goes in one request, with the header: the number of its first row, and the CSV. */
export type Part = { firstRow: number; csv: string };

const size = (text: string) => new TextEncoder().encode(text).length;

/** The rows as they stand in the file, ends of line included; what is quoted over several lines is one. */
export function rowsOf(text: string): string[] {
  const rows: string[] = [];
  let [start, quoted, opening] = [0, false, true];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (quoted) {
      // Two quotes in a row close and open again, which comes to the same.
      if (char === '"') quoted = false;
      opening = char === '"';
    } else if (char === '"' && opening) {
      quoted = true;
    } else if (char === "\n" || (char === "\r" && text[at + 1] !== "\n")) {
      rows.push(text.slice(start, at + 1));
      start = at + 1;
      opening = true;
    } else {
      opening = char === ",";
    }
  }
  if (start < text.length) rows.push(text.slice(start));
  return rows;
}

/** One part where the server takes all at once, so that it says itself what is wrong with a file that is no CSV. */
export function partsOf(text: string): Part[] {
  const [header = "", ...rows] = rowsOf(text);
  if (rows.length <= ROWS_MOST && size(text) <= BYTES_MOST) return [{ firstRow: 2, csv: text }];
  const parts: Part[] = [];
  const free = BYTES_MOST - size(header);
  let group: string[] = [];
  let [bytes, first] = [0, 2];
  for (const row of rows) {
    const more = size(row);
    if (group.length > 0 && (group.length === ROWS_MOST || bytes + more > free)) {
      parts.push({ firstRow: first, csv: header + group.join("") });
      first += group.length;
      [group, bytes] = [[], 0];
    }
    group.push(row);
    bytes += more;
  }
  parts.push({ firstRow: first, csv: header + group.join("") });
  return parts;
}

/** The import's name, made of its content as the command line makes it: the same file again is the same import. */
export async function keyOf(content: Uint8Array<ArrayBuffer>): Promise<string> {
  // Pages that are not from this machine or https have no `subtle`; the name is then as good, but not the file's.
  const digest = crypto.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", content))
    : crypto.getRandomValues(new Uint8Array(32));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `import-${hex.slice(0, 32)}`;
}
