/** The console: one view for each path of views.json, loaded when it is first shown. */

import type { FunctionComponent } from "preact";
import { LocationProvider, lazy, Route, Router } from "preact-iso";
import { filled } from "./elsewhere";
import { Missing } from "./missing";
import { Shell } from "./shell";
import views from "./views.json";

const view = (load: () => Promise<{ default: FunctionComponent }>) => lazy(load) as unknown as FunctionComponent;

/** What is shown at each path; `useRoute().params` has the path's parameters. */
export const VIEWS: Record<string, FunctionComponent> = {
  "/console": view(() => import("./home")),
  "/console/orders": view(() => import("./orders")),
  "/console/orders/:orderId": view(() => import("./order")),
  "/console/import": view(() => import("./import")),
  "/console/dead-letters": view(() => import("./dead-letters")),
  "/console/alerts": view(() => import("./alerts")),
  "/console/mails": view(() => import("./mails")),
  "/console/mails/:mailId": view(() => import("./mail")),
  "/console/archive": view(() => import("./archive")),
  "/console/archive/:orderId": view(() => import("./archived")),
  "/console/reports": view(() => import("./reports")),
  "/console/subscriptions": view(() => import("./subscriptions")),
  "/console/catalogue": view(() => import("./catalogue")),
  "/console/faults": view(() => import("./faults")),
  "/console/metrics": view(() => import("./metrics")),
  "/console/logs": view(() => import("./logs")),
  "/console/topology": view(() => import("./topology")),
  "/console/topology/:name": view(() => import("./node")),
  "/console/live": view(() => import("../live/page")),
  "/console/session": view(() => import("./session")),
};

const Nowhere = () => <Missing title="Nothing is here" />;

export const Console = () => (
  <LocationProvider scope="/console">
    <Shell>
      <Router>
        {views.map((path) => (
          <Route key={path} path={path} component={filled(path, VIEWS[path] ?? Nowhere)} />
        ))}
        <Route default component={Nowhere} />
      </Router>
    </Shell>
  </LocationProvider>
);
