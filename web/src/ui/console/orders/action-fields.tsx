/** What an action may be told: why, and of what goes out by whom and under which number. */

import { TextField } from "../../kit/controls";
import type { Wanted } from "./actions";

export function ActionFields(props: { value: Wanted; onValue: (value: Wanted) => void }) {
  const { value, onValue } = props;
  return (
    <>
      {value.action === "ship" && (
        <>
          <TextField
            label="Carrier"
            optional
            value={value.carrier}
            onValue={(carrier) => onValue({ ...value, carrier })}
          />
          <TextField
            label="Tracking number"
            optional
            value={value.trackingNumber}
            onValue={(trackingNumber) => onValue({ ...value, trackingNumber })}
          />
        </>
      )}
      <TextField
        label="Reason, for the history"
        optional
        value={value.reason}
        onValue={(reason) => onValue({ ...value, reason })}
      />
    </>
  );
}
