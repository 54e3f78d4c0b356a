/** For what may take as long as the API lets anything take: half a minute, and the way there and back. */

const TIMEOUT_MS = 60_000;

/** Given as `fetch` to a call of the API's client. */
export const patient = (request: Request) =>
  fetch(request, {
    cache: "no-store",
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
