/** A deployment for tests, as Terraform describes one. */

import type { Deployment, SignIn } from "../../src/api/place";

const POOL = "https://ordermill-1.auth.eu-west-1.amazoncognito.com";

export const SIGN_IN: SignIn = {
  issuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool",
  clientId: "client",
  scope: "openid email",
  back: "https://orders.example.org/console",
  page: `${POOL}/oauth2/authorize`,
  token: `${POOL}/oauth2/token`,
  revoke: `${POOL}/oauth2/revoke`,
  signOut: `${POOL}/logout`,
};

export const DEPLOYMENT: Deployment = {
  name: "ordermill",
  region: "eu-west-1",
  pipeline: "workflow",
  dashboard: "https://eu-west-1.console.aws.amazon.com/cloudwatch",
  home: "https://orders.example.org",
  signIn: SIGN_IN,
};

/** What packaging puts into a page's head. */
export function head() {
  const meta = document.createElement("meta");
  meta.name = "deployment";
  meta.content = "/deployment.json";
  document.head.append(meta);
}
