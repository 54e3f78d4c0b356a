/** What stands on a deployment in place of a view that only the local server can fill. */

import type { FunctionComponent } from "preact";
import { elsewhere, place } from "../../api/place";
import { Card, PageHead } from "../kit/surfaces";

/** The views that need a route of the local server's: the route, and the view's title. */
const NEEDS: Readonly<Record<string, readonly [route: string, title: string]>> = {
  "/console/faults": ["/faults", "Faults"],
  "/console/metrics": ["/metrics", "Metrics"],
  "/console/logs": ["/logs", "Logs"],
};

/** The view at `path`; on a deployment that cannot fill it, what says where to look instead. */
export function filled(path: string, view: FunctionComponent): FunctionComponent {
  const [route, title] = NEEDS[path] ?? [];
  const instead = route === undefined ? null : elsewhere(route);
  return instead === null || title === undefined ? view : () => <Elsewhere title={title} instead={instead} />;
}

function Elsewhere(props: { title: string; instead: string }) {
  const here = place();
  return (
    <>
      <PageHead title={props.title} about="This view is of the local server alone." />
      <Card>
        <p>On AWS: {props.instead}</p>
        {here.kind === "aws" && here.dashboard !== null && (
          <p class="mt-4">
            <a href={here.dashboard} target="_blank" rel="noreferrer" class="text-accent">
              The dashboard of {here.name}, in CloudWatch
            </a>
          </p>
        )}
      </Card>
    </>
  );
}
