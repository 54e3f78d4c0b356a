/** The storefront's page. */

import { render } from "preact";
import { applyTheme } from "./ui/kit/theme";
import { Storefront } from "./ui/storefront/app";
import { startRouting } from "./ui/storefront/route";
import "./ui/theme.css";

applyTheme();
startRouting();
const app = document.getElementById("app");
if (app) {
  app.replaceChildren();
  render(<Storefront />, app);
}
