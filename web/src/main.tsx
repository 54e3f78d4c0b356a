/** The console's page: the one place that knows every part of it. */

import { render } from "preact";
import { enter } from "./api/session";
import { Console } from "./ui/console/app";
import { Outside } from "./ui/console/outside";
import { applyTheme } from "./ui/kit/theme";
import { provideScene } from "./ui/live/stage";
import "./ui/theme.css";

applyTheme();
provideScene(async () => (await import("./scene/scene")).makeScene);
// The first view may change something at once: by then it is known who asks.
const entry = await enter();
const app = document.getElementById("app");
if (app) {
  app.replaceChildren();
  render(entry.kind === "in" ? <Console /> : <Outside entry={entry} />, app);
}
