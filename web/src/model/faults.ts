/** Injected faults: `PUT /faults` sets all at once, so what else is set is sent along. */

import type { components } from "../api/schema";

export type FaultView = components["schemas"]["FaultView"];
export type Faults = Readonly<Record<string, FaultView>>;
export type Mode = FaultView["mode"];
export type Place = FaultView["at"];

/** What comes of each, for who chooses. */
export const MODE_HINTS: Readonly<Record<Mode, string>> = {
  fail: "It fails: a message backs off and comes back, a request gets 500.",
  timeout: "It fails once the delay is over, or else after as long as a payment may take.",
  delay: "It comes so much later. Nothing else waits for it.",
  crash: "The server's process ends there, and is started again.",
};
export const PLACE_HINTS: Readonly<Record<Place, string>> = {
  start: "Before anything has happened.",
  "after-charge": "It has happened outside, so money may have moved. For services, and functions that call one.",
  end: "After its last step, before the commit, which then leaves nothing of it.",
};

/** What functions call; the API's description names them. */
export const SERVICES = ["mail", "payments", "archive", "webhooks"] as const;

export const MODES: readonly (readonly [Mode, string])[] = [
  ["fail", "Fail"],
  ["timeout", "Time out"],
  ["delay", "Delay"],
  ["crash", "Crash the process"],
];
export const PLACES: readonly (readonly [Place, string])[] = [
  ["start", "At the start"],
  ["after-charge", "After the call outside"],
  ["end", "At the end"],
];

/** Whether it has struck as often as it is to. */
export const spent = ({ times, fired }: FaultView) => times !== null && fired >= times;

/** Those that still strike, by name. */
export const inForce = (faults: Faults) =>
  Object.entries(faults)
    .filter(([, fault]) => !spent(fault))
    .map(([name]) => name)
    .sort();

/** With one more, or another in its place, which counts from zero. */
export const withFault = (faults: Faults, name: string, fault: Omit<FaultView, "fired">): Faults => ({
  ...faults,
  [name]: { ...fault, fired: 0 },
});

/** Without one. */
export const withoutFault = (faults: Faults, name: string): Faults =>
  Object.fromEntries(Object.entries(faults).filter(([each]) => each !== name));

/** How often it is to strike, in words. */
export const timesWords = ({ times, fired }: FaultView) =>
  times === null ? "always" : `${times} time${times === 1 ? "" : "s"}, ${Math.max(0, times - fired)} left`;
