// The session of this browser: who is signed in, and the token without which nothing may be changed.

const TIMEOUT_MS = 15_000;

/** GET of `path`; null where nobody is signed in. */
export async function read(path) {
  const response = await ask(path, {});
  if (response.status === 401) return null;
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

/** POST to `path` as the session; false where it is over already. */
export async function post(path, csrfToken) {
  const response = await ask(path, { method: "POST", headers: { "CSRF-Token": csrfToken } });
  if (response.status !== 401 && !response.ok) throw new Error(`status ${response.status}`);
  return response.ok;
}

const ask = (path, options) => fetch(path, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS), ...options });
