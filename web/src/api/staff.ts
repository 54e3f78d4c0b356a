/** Staff of a deployment: signed in through its user pool's page, with tokens that end with this tab. */

import type { User, UserManager } from "oidc-client-ts";
import type { SignIn } from "./place";

/** Who is signed in; `expiresAt`: epoch ms, until when without asking the issuer again. */
export type Member = { email: string | null; expiresAt: number };

/** The issuer sent people back with a refusal, or its answer is not one to what was asked here. */
export class SignInFailed extends Error {
  constructor(why: string) {
    super(why);
    this.name = "SignInFailed";
  }
}

/** Renewed when this little is left of it, so that it is still good on arrival. */
const LEFT_S = 30;

/** Sign-in by authorization code and PKCE. What is loaded for it is loaded only on a deployment. */
export class Staff {
  private constructor(
    private readonly manager: UserManager,
    private readonly signIn: SignIn,
  ) {}

  static async of(signIn: SignIn): Promise<Staff> {
    const { UserManager, WebStorageStateStore } = await import("oidc-client-ts");
    const store = new WebStorageStateStore({ store: sessionStorage, prefix: "staff." });
    const manager = new UserManager({
      authority: signIn.issuer,
      client_id: signIn.clientId,
      redirect_uri: signIn.back,
      post_logout_redirect_uri: signIn.back,
      scope: signIn.scope,
      // All that is used of it: nothing is discovered, so the page's policy names one host only.
      metadata: {
        issuer: signIn.issuer,
        authorization_endpoint: signIn.page,
        token_endpoint: signIn.token,
        revocation_endpoint: signIn.revoke,
        end_session_endpoint: signIn.signOut,
      },
      userStore: store,
      stateStore: store,
      automaticSilentRenew: false,
      // A tab that is left alone is not to go on for ever by itself: tokens are renewed when one is wanted.
      monitorSession: false,
    });
    return new Staff(manager, signIn);
  }

  /** Go to the issuer's page; whoever signs in comes back to `to`. The page is left. */
  async enter(to: string): Promise<void> {
    await this.manager.signinRedirect({ state: { to } });
  }

  /** Whether the address is one that the issuer sends people back to. */
  static isReturn(address: URL): boolean {
    const { searchParams } = address;
    return searchParams.has("state") && (searchParams.has("code") || searchParams.has("error"));
  }

  /** Take what the issuer sent along in `address`; where to go on. Throws SignInFailed. */
  async returned(address: URL): Promise<string> {
    try {
      const user = await this.manager.signinRedirectCallback(address.href);
      const { to } = (user.state ?? {}) as { to?: unknown };
      return typeof to === "string" && /^\/console(\/|\?|#|$)/.test(to) ? to : "/console";
    } catch (error) {
      throw new SignInFailed(error instanceof Error ? error.message : String(error));
    }
  }

  /** Who is signed in here now; null where nobody is, or the issuer renews no longer. */
  async member(): Promise<Member | null> {
    const user = await this.current();
    if (!user) return null;
    const { email } = user.profile;
    return { email: typeof email === "string" ? email : null, expiresAt: (user.expires_at ?? 0) * 1000 };
  }

  /** The access token to send with a request; null where there is none that is good. */
  async bearer(): Promise<string | null> {
    return (await this.current())?.access_token ?? null;
  }

  /** Forget the tokens, have the issuer forget them, and leave by its page. */
  async leave(): Promise<void> {
    // Even where the issuer is away, this browser is signed out.
    await this.manager.revokeTokens(["refresh_token"]).catch(() => undefined);
    const extraQueryParams = { client_id: this.signIn.clientId, logout_uri: this.signIn.back };
    await this.manager.signoutRedirect({ extraQueryParams });
  }

  private renewing: Promise<User | null> | null = null;

  private async current(): Promise<User | null> {
    const user = await this.manager.getUser();
    if (!user || (user.expires_in ?? 0) > LEFT_S) return user;
    // Many requests may want it at the same time; a refresh token may be good for one use only.
    this.renewing ??= this.renewed(user).finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  private async renewed(user: User): Promise<User | null> {
    if (user.refresh_token) {
      try {
        const fresh = await this.manager.signinSilent();
        if (fresh) return fresh;
      } catch {
        // It may merely be away: the token at hand counts until its end.
      }
    }
    if (!user.expired) return user;
    await this.manager.removeUser();
    return null;
  }
}
