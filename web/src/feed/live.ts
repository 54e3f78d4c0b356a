/** A client of `GET /live`: goes on after the last event it saw, whatever happens to the connection. */

import { readEvent } from "./events";
import { CLOCK, type Clock, type Feed, type FeedStatus, type Taking } from "./feed";

/** What to watch; see the API's description of `/live`. */
export type Wish = { orderId?: string; since?: string; replay?: number };

/** One connection. `message` gets each event with its id; `lost` is called once, when it is over. */
export type Listening = {
  opened: () => void;
  message: (name: string, data: string, id: string) => void;
  lost: () => void;
};

/** How a stream is opened, and how one asks why it was refused: a status, 0 where no answer came. */
export type Transport = {
  open: (url: string, listening: Listening) => () => void;
  ask: (url: string) => Promise<number>;
};

const NAMES = ["hop", "frame", "gap"] as const;
const SHORTEST_MS = 1000;
const LONGEST_MS = 15_000;

/** The browser's own client of server-sent events, with the session's cookie. */
export const BROWSER: Transport = {
  open(url, listening) {
    const source = new EventSource(url);
    source.onopen = listening.opened;
    for (const name of NAMES)
      source.addEventListener(name, (event) => listening.message(name, String(event.data), event.lastEventId));
    // It would come back by itself after some failures and not after others: here it is always we who do.
    source.onerror = () => {
      source.close();
      listening.lost();
    };
    return () => source.close();
  },
  async ask(url) {
    try {
      return (await fetch(url, { method: "HEAD", cache: "no-store" })).status;
    } catch {
      return 0;
    }
  },
};

/** The address that goes on after `lastId`; "" where nothing was seen yet. */
function address(base: string, wish: Wish, lastId: string): string {
  const query = new URLSearchParams();
  if (wish.orderId !== undefined) query.set("orderId", wish.orderId);
  if (wish.since !== undefined) query.set("since", wish.since);
  if (wish.replay !== undefined) query.set("replay", String(wish.replay));
  if (lastId) query.set("lastEventId", lastId);
  const text = query.toString();
  return text ? `${base}/live?${text}` : `${base}/live`;
}

/** The live stream of the server at `base` ("": this page's own). */
export function liveFeed(wish: Wish = {}, base = "", transport: Transport = BROWSER, clock: Clock = CLOCK): Feed {
  return { start: (taking) => new Client(wish, base, transport, clock, taking).stop };
}

class Client {
  private lastId = "";
  private pause = SHORTEST_MS;
  private over = false;
  private end: () => void = () => {};

  constructor(
    private readonly wish: Wish,
    private readonly base: string,
    private readonly transport: Transport,
    private readonly clock: Clock,
    private readonly taking: Taking,
  ) {
    this.connect();
  }

  readonly stop = () => {
    this.over = true;
    this.end();
  };

  private connect() {
    this.taking.status({ kind: "connecting" });
    this.end = this.transport.open(address(this.base, this.wish, this.lastId), {
      opened: () => this.tell({ kind: "open" }),
      message: (name, data, id) => this.take(name, data, id),
      lost: () => void this.lost(),
    });
  }

  private take(name: string, data: string, id: string) {
    if (this.over) return;
    // Only what was said proves that the stream works: one that opens and breaks is not asked again at once.
    this.pause = SHORTEST_MS;
    if (id) this.lastId = id;
    const event = readEvent(name, data);
    if (event) this.taking.event(event, this.clock.now());
  }

  private async lost() {
    if (this.over) return;
    const status = await this.transport.ask(address(this.base, this.wish, this.lastId));
    if (this.over) return;
    if (status === 401 || status === 403) {
      this.close("signed-out", "Your session is over. Print a new link with: ordermill sign-in");
    } else if (status >= 400 && status < 500 && status !== 429) {
      this.close("refused", `The server refuses to be watched like this (${status}).`);
    } else {
      this.again(reason(status));
    }
  }

  private close(reason: "signed-out" | "refused", why: string) {
    this.over = true;
    this.taking.status({ kind: "closed", reason, why });
  }

  private again(why: string) {
    const inMs = this.pause;
    this.pause = Math.min(LONGEST_MS, this.pause * 2);
    this.taking.status({ kind: "waiting", why, inMs });
    this.end = this.clock.after(inMs, () => this.connect());
  }

  private tell(status: FeedStatus) {
    if (!this.over) this.taking.status(status);
  }
}

function reason(status: number): string {
  if (status === 0) return "The server doesn't answer. It may be starting again.";
  if (status === 503) return "Too many watch already, or the server is starting. Close other live views.";
  return "The connection was cut.";
}
