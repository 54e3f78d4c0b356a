/** What stands where nothing is yet. */

import { Empty, PageHead } from "../kit/surfaces";

export const Missing = (props: { title: string }) => (
  <>
    <PageHead title={props.title} />
    <Empty title="There is no page for this yet">
      What it would show is in the{" "}
      <a href="/docs" target="_self">
        API
      </a>
      .
    </Empty>
  </>
);
