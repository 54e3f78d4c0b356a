/** The console's views as they are offered: in the menu, in the palette, by keys, and what the help says of each. */

export type Entry = readonly [path: string, text: string];

export const GROUPS: readonly (readonly [string, readonly Entry[]])[] = [
  [
    "Orders",
    [
      ["/console/live", "Live view"],
      ["/console/orders", "Orders"],
      ["/console/import", "Import"],
      ["/console/archive", "Archive"],
      ["/console/reports", "Reports"],
      ["/console/catalogue", "Catalogue"],
    ],
  ],
  [
    "Messages",
    [
      ["/console/dead-letters", "Dead letters"],
      ["/console/alerts", "Alerts"],
      ["/console/mails", "Mails"],
      ["/console/subscriptions", "Subscriptions"],
    ],
  ],
  [
    "System",
    [
      ["/console/topology", "Topology"],
      ["/console/faults", "Faults"],
      ["/console/metrics", "Metrics"],
      ["/console/logs", "Logs"],
      ["/console/session", "Session"],
    ],
  ],
];

export const HOME: Entry = ["/console", "Overview"];

/** Whether the path is the view's, or that of one thing in it. */
export const isAt = (path: string, view: string) => path === view || (view !== HOME[0] && path.startsWith(`${view}/`));

/** After `g`. */
export const KEYS: Readonly<Record<string, string>> = {
  h: "/console",
  l: "/console/live",
  o: "/console/orders",
  i: "/console/import",
  d: "/console/dead-letters",
  a: "/console/alerts",
  m: "/console/mails",
  t: "/console/topology",
};

/** What a view shows, and the page of the documentation that tells more. */
export const ABOUT: Readonly<Record<string, readonly [shows: string, page: string]>> = {
  "/console": [
    "How many orders have each status, what waits in queues and streams, the newest dead letters and alerts, and whether all jobs go through.",
    "watching.md",
  ],
  "/console/live": ["The system at work: each packet is something that happened to an order.", "watching.md"],
  "/console/orders": [
    "Orders by status, or by customer, within a period. Choose some to ship, deliver, cancel, retry or delete them together. On one order's page: its history, execution, money, mails and hops, and what may be done about it.",
    "managing-orders.md",
  ],
  "/console/import": [
    "An order for each row of a CSV. The same file again places nothing twice; refused rows can be corrected in their places.",
    "managing-orders.md",
  ],
  "/console/archive": ["Deleted orders as they were, and the erasure of a person.", "deleting.md"],
  "/console/reports": ["PDFs of the orders deleted in a period, behind a link that expires.", "reports.md"],
  "/console/catalogue": ["Products with price and stock; changed by a form or a CSV.", "managing-orders.md"],
  "/console/dead-letters": ["Messages that used up their receives, until they are redriven.", "watching.md"],
  "/console/alerts": ["What was alerted, and whether each target was told.", "alerts.md"],
  "/console/mails": ["Mails to customers and what became of them.", "mail.md"],
  "/console/subscriptions": ["Who is told of deleted orders.", "subscriptions.md"],
  "/console/topology": ["Functions, queues, tables and what each may do to which.", "aws.md"],
  "/console/faults": ["Failures to rehearse, and how often each struck.", "faults.md"],
  "/console/metrics": ["What the server measures.", "watching.md"],
  "/console/logs": ["The log as it is written.", "watching.md"],
  "/console/session": ["Who is signed in, and the ways out.", "signing-in.md"],
};

/** What the help says at a path. */
export function aboutPath(path: string): { title: string; shows: string; page: string } | null {
  const known = [HOME, ...GROUPS.flatMap(([, entries]) => entries)].find(([view]) => isAt(path, view));
  const about = known && ABOUT[known[0]];
  return known && about ? { title: known[1], shows: about[0], page: about[1] } : null;
}
