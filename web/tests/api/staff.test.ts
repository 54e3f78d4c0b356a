import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SignInFailed, Staff } from "../../src/api/staff";
import { SIGN_IN } from "./deployment";

const START = Date.parse("2026-11-20T12:00:00Z");
const coded = (part: unknown) => btoa(JSON.stringify(part)).replace(/=+$/, "");
const idToken = (email: string) =>
  `${coded({ alg: "none" })}.${coded({ sub: "ada", iss: SIGN_IN.issuer, aud: SIGN_IN.clientId, email })}.x`;

/** Answers at the token's address as an issuer does; `asked` has what it was sent. */
class Issuer {
  readonly asked: URLSearchParams[] = [];
  away = false;
  private given = 0;

  readonly fetch = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    if (this.away) throw new TypeError("no connection");
    expect(String(url)).toBe(SIGN_IN.token);
    this.asked.push(new URLSearchParams(String(init?.body)));
    this.given += 1;
    return Response.json({
      access_token: `access-${this.given}`,
      id_token: idToken("ada@example.org"),
      refresh_token: "refresh",
      token_type: "Bearer",
      expires_in: 3600,
    });
  };
}

let issuer: Issuer;
let left: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
  issuer = new Issuer();
  left = [];
  vi.stubGlobal("fetch", issuer.fetch);
  vi.spyOn(window.location, "assign").mockImplementation((url) => void left.push(String(url)));
  sessionStorage.clear();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Where the browser was sent to the issuer's page. */
async function sent(staff: Staff, to: string): Promise<URL> {
  void staff.enter(to);
  await vi.waitFor(() => expect(left).toHaveLength(1));
  return new URL(left[0] ?? "");
}

const back = (asked: URL, query: string) =>
  new URL(`${SIGN_IN.back}?${query}&state=${asked.searchParams.get("state") ?? ""}`);

async function signedIn(): Promise<Staff> {
  const staff = await Staff.of(SIGN_IN);
  await staff.returned(back(await sent(staff, "/console/orders"), "code=c1"));
  return staff;
}

test("people are sent to the issuer's page, and come back to where they were", async () => {
  const staff = await Staff.of(SIGN_IN);
  const asked = await sent(staff, "/console/orders/ord_1?tab=mails");
  expect(asked.href.startsWith(`${SIGN_IN.page}?`)).toBe(true);
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({
    client_id: "client",
    redirect_uri: SIGN_IN.back,
    response_type: "code",
    scope: "openid email",
    code_challenge_method: "S256",
  });
  const address = back(asked, "code=c1");
  expect(Staff.isReturn(address)).toBe(true);
  expect(await staff.returned(address)).toBe("/console/orders/ord_1?tab=mails");
  expect(await staff.bearer()).toBe("access-1");
  expect(await staff.member()).toEqual({ email: "ada@example.org", expiresAt: START + 3_600_000 });
});

test("the code is swapped with the proof of who asked for it, and no secret", async () => {
  const staff = await Staff.of(SIGN_IN);
  const asked = await sent(staff, "/console");
  await staff.returned(back(asked, "code=c1"));
  const swapped = issuer.asked[0];
  expect(swapped?.get("grant_type")).toBe("authorization_code");
  expect(swapped?.get("code")).toBe("c1");
  expect(swapped?.has("client_secret")).toBe(false);
  const verifier = new TextEncoder().encode(swapped?.get("code_verifier") ?? "");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", verifier));
  const challenge = btoa(String.fromCharCode(...digest))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
  expect(asked.searchParams.get("code_challenge")).toBe(challenge);
});

test("a refusal, and an answer that nobody asked for, sign nobody in", async () => {
  const staff = await Staff.of(SIGN_IN);
  const asked = await sent(staff, "/console");
  await expect(staff.returned(back(asked, "error=access_denied&error_description=Not+you"))).rejects.toThrow("Not you");
  const stranger = new URL(`${SIGN_IN.back}?code=theirs&state=theirs`);
  await expect(staff.returned(stranger)).rejects.toBeInstanceOf(SignInFailed);
  expect(issuer.asked).toHaveLength(0);
  expect(await staff.bearer()).toBeNull();
});

test.each(["https://evil.example/console", "//evil.example", "/consoles", "/docs"])(
  "nobody is sent on to %s",
  async (to) => {
    const staff = await Staff.of(SIGN_IN);
    expect(await staff.returned(back(await sent(staff, to), "code=c1"))).toBe("/console");
  },
);

test("a token that ends soon is renewed once, however many want it", async () => {
  const staff = await signedIn();
  vi.setSystemTime(START + 3_580_000);
  expect(await Promise.all([staff.bearer(), staff.bearer(), staff.bearer()])).toEqual(Array(3).fill("access-2"));
  expect(issuer.asked.map((each) => each.get("grant_type"))).toEqual(["authorization_code", "refresh_token"]);
  expect(issuer.asked[1]?.get("refresh_token")).toBe("refresh");
});

test("while the issuer is away the token counts until it ends, then nobody is signed in", async () => {
  const staff = await signedIn();
  issuer.away = true;
  vi.setSystemTime(START + 3_590_000);
  expect(await staff.bearer()).toBe("access-1");
  vi.setSystemTime(START + 3_601_000);
  expect(await staff.bearer()).toBeNull();
  expect(await staff.member()).toBeNull();
});

test("tokens are kept for the tab alone", async () => {
  await signedIn();
  expect(JSON.stringify({ ...localStorage })).not.toContain("access-1");
  expect(Object.keys(sessionStorage).every((key) => key.startsWith("staff."))).toBe(true);
  expect(await (await Staff.of(SIGN_IN)).bearer()).toBe("access-1");
});

test("who signs out is forgotten here and at the issuer", async () => {
  const staff = await signedIn();
  const revoked: string[] = [];
  vi.stubGlobal("fetch", async (url: string | URL, init?: RequestInit) => {
    revoked.push(`${url} ${new URLSearchParams(String(init?.body)).get("token")}`);
    return new Response("");
  });
  left = [];
  void staff.leave();
  await vi.waitFor(() => expect(left).toHaveLength(1));
  const asked = new URL(left[0] ?? "");
  expect(revoked).toEqual([`${SIGN_IN.revoke} refresh`]);
  expect(asked.href.startsWith(`${SIGN_IN.signOut}?`)).toBe(true);
  expect(asked.searchParams.get("logout_uri")).toBe(SIGN_IN.back);
  expect(asked.searchParams.get("client_id")).toBe("client");
  expect(await staff.bearer()).toBeNull();
});
