/** The console: one view for each path of views.json. */

import type { ComponentType } from "preact";
import { LocationProvider, lazy, Route, Router } from "preact-iso";
import { Empty, PageHead } from "../kit/surfaces";
import { SessionPage } from "./session";
import { Shell } from "./shell";
import views from "./views.json";

type View = ComponentType<{ params?: Record<string, string> }>;

/** What is shown at each path. A view that is missing here says so, and a test names it. */
export const VIEWS: Record<string, View> = {
  "/console/session": SessionPage,
};

const Missing = () => (
  <>
    <PageHead title="Nothing here yet" />
    <Empty title="This view is not there yet">
      Its data is in the <a href="/docs">API</a>.
    </Empty>
  </>
);

export const Console = () => (
  <LocationProvider scope="/console">
    <Shell>
      <Router>
        {views.map((path) => (
          <Route key={path} path={path} component={VIEWS[path] ?? Missing} />
        ))}
        <Route default component={Missing} />
      </Router>
    </Shell>
  </LocationProvider>
);

export { lazy };
