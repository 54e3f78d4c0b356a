/** Files of the API, saved by the browser; asked for as everything else, so a refusal is a Problem and no file. */

import { api } from "./client";

export type ExportQuery = { status?: string; customer?: string; from?: string; to?: string };

/** The whole list as CSV, however long it is. Throws Problem. */
export async function exportOrders(query: ExportQuery): Promise<Blob> {
  const answer = await api.GET("/orders.csv", {
    params: { query: query as { customer?: string } },
    parseAs: "blob",
    fetch: (request: Request) => fetch(request, { cache: "no-store" }),
  });
  return answer.data as Blob;
}

/** Let the browser save it under this name. */
export function save(content: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
