/** Everything that is known to have happened, as far as it is kept: what a moment looks like is a function of this. */

import type { Bundle } from "../feed/events";
import { type Flight, flightOf, fly, isRead, land, PART_MS } from "./flights";
import { OrderFlights } from "./order";
import type { Frame, Hop, Layout, Outcome, Packet } from "./types";
import { Ways } from "./ways";

/** So many events are kept; an hour of a system that has little to do, some minutes of one under load. */
export const KEPT = 20_000;
const DEPTHS_KEPT = 3600;
const SLOT_MS = 1000;
/** For so long a node shows what came of the last event. */
export const GLOW_MS = 10_000;

type NodeState = { outcome: Outcome; ageMs: number; busy: number };

export class Log {
  readonly ways: Ways;
  private readonly order: Flight[] = [];
  private oldest = 0;
  private readonly seen = new Set<number>();
  private readonly orders = new Map<string, OrderFlights>();
  private readonly slots = new Map<number, Set<Flight>>();
  private readonly depths: { at: number; of: ReadonlyMap<string, number> }[] = [];
  /** Grows with each change. */
  version = 0;

  constructor(
    layout: Layout,
    private readonly kept: number = KEPT,
  ) {
    this.ways = new Ways(layout);
  }

  /** An event; `at` is its view time, where that is not its own. One that is known already changes nothing. */
  take(hop: Hop, at: number = hop.at, weight = 1): boolean {
    if (this.seen.has(hop.seq)) return false;
    this.seen.add(hop.seq);
    this.version += 1;
    const flight = flightOf(hop, at, weight);
    if (hop.orderId !== null) this.ordered(hop.orderId, flight);
    else this.alone(flight);
    this.keep(flight);
    return true;
  }

  private ordered(orderId: string, flight: Flight) {
    const known = this.orders.get(orderId) ?? new OrderFlights(this.ways);
    this.orders.set(orderId, known);
    known.add(
      flight,
      (each) => this.unslot(each),
      (each) => this.slot(each),
    );
  }

  private alone(flight: Flight) {
    const edge = this.ways.edges.get(flight.hop.edge);
    if (edge) {
      fly(flight, edge, flight.weight > 1 || isRead(flight.hop) ? [] : this.ways.entry(edge), 0, 0, this.ways);
      land(flight, edge, flight.end, this.ways);
    }
    this.slot(flight);
  }

  /** Many events at once: those that came whole, and the others as one packet for each edge and outcome. */
  takeBundle(bundle: Bundle) {
    const rest = new Map([...bundle.edges].map(([edge, counts]) => [edge, { ...counts }]));
    for (const hop of bundle.samples) {
      const counts = rest.get(hop.edge);
      if (counts) counts[hop.outcome] -= 1;
      this.take(hop);
    }
    const sampled = new Set(bundle.samples.map(({ seq }) => seq));
    // Numbers of hops that the frame stands for and did not bring.
    let seq = bundle.from;
    for (const [edge, counts] of [...rest].sort(([a], [b]) => (a < b ? -1 : 1))) {
      for (const [outcome, weight] of Object.entries(counts) as [Outcome, number][]) {
        if (weight <= 0) continue;
        while (sampled.has(seq)) seq += 1;
        const known = this.ways.edges.get(edge);
        const name = known?.kind === "call" ? known.from : edge.slice(edge.lastIndexOf(">") + 1);
        const { at } = bundle;
        this.take({ seq, at, orderId: null, edge, function: name, outcome, attempt: 1, durationMs: 0 }, at, weight);
        seq += 1;
      }
    }
  }

  /** What was measured to wait, by node. */
  takeDepths(of: ReadonlyMap<string, number>, at: number) {
    this.depths.push({ at, of });
    if (this.depths.length > DEPTHS_KEPT) this.depths.splice(0, DEPTHS_KEPT / 4);
    this.version += 1;
  }

  private keep(flight: Flight) {
    this.order.push(flight);
    if (this.order.length - this.oldest <= this.kept) return;
    const gone = this.order[this.oldest];
    this.oldest += 1;
    if (gone) this.drop(gone);
    if (this.oldest > this.kept / 4) {
      this.order.splice(0, this.oldest);
      this.oldest = 0;
    }
  }

  private drop(flight: Flight) {
    this.seen.delete(flight.hop.seq);
    this.unslot(flight);
    const { orderId } = flight.hop;
    const list = orderId === null ? undefined : this.orders.get(orderId)?.flights;
    if (!list || orderId === null) return;
    const index = list.indexOf(flight);
    if (index >= 0) list.splice(index, 1);
    if (list.length === 0) this.orders.delete(orderId);
  }

  private slot(flight: Flight) {
    if (flight.parts.length === 0) return;
    for (let slot = slotOf(flight.start); slot <= slotOf(flight.end); slot += 1) {
      const known = this.slots.get(slot) ?? new Set();
      known.add(flight);
      this.slots.set(slot, known);
    }
  }

  private unslot(flight: Flight) {
    for (let slot = slotOf(flight.start); slot <= slotOf(flight.end); slot += 1) {
      const known = this.slots.get(slot);
      known?.delete(flight);
      if (known?.size === 0) this.slots.delete(slot);
    }
  }

  /** What is seen at `at`, view time. */
  frame(
    at: number,
    focus: { active: string | null; followed: string | null } = { active: null, followed: null },
  ): Frame {
    return { at, packets: this.packetsAt(at), depths: this.depthsAt(at), states: this.statesAt(at), ...focus };
  }

  private packetsAt(at: number): Packet[] {
    const packets: Packet[] = [];
    for (const flight of this.slots.get(slotOf(at)) ?? []) packets.push(...packetsOf(flight, at));
    return packets.sort((a, b) => a.seq - b.seq || Number(a.log ?? 0) - Number(b.log ?? 0));
  }

  private depthsAt(at: number): ReadonlyMap<string, number> {
    let [low, high] = [0, this.depths.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.depths[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return this.depths[low - 1]?.of ?? new Map();
  }

  private statesAt(at: number): ReadonlyMap<string, NodeState> {
    const marks = new Map<string, { outcome: Outcome; at: number; seq: number }>();
    const busy = new Map<string, number>();
    for (const flight of this.between(at - GLOW_MS, at)) {
      for (const mark of flight.marks) {
        const last = marks.get(mark.node);
        const later = !last || mark.at > last.at || (mark.at === last.at && flight.hop.seq > last.seq);
        if (mark.at <= at && mark.at > at - GLOW_MS && later) marks.set(mark.node, { ...mark, seq: flight.hop.seq });
      }
      for (const part of packetsOf(flight, at)) {
        const edge = this.ways.edges.get(part.edge);
        if (edge && part.log === undefined) busy.set(edge.to, (busy.get(edge.to) ?? 0) + part.weight);
      }
    }
    const states = new Map<string, NodeState>();
    for (const [node, last] of marks)
      states.set(node, { outcome: last.outcome, ageMs: at - last.at, busy: busy.get(node) ?? 0 });
    for (const [node, count] of busy)
      if (!states.has(node)) states.set(node, { outcome: "ok", ageMs: GLOW_MS, busy: count });
    return new Map([...states].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private between(from: number, to: number): Set<Flight> {
    const found = new Set<Flight>();
    for (let slot = slotOf(from); slot <= slotOf(to); slot += 1)
      for (const flight of this.slots.get(slot) ?? []) found.add(flight);
    return found;
  }

  /** When something changes next after `at`: now while anything moves, Infinity where nothing will. */
  wakeAt(at: number): number {
    for (const flight of this.slots.get(slotOf(at)) ?? []) if (packetsOf(flight, at).length > 0) return at;
    const glowing = this.between(at - GLOW_MS, at).size > 0 ? at + 250 : Infinity;
    let next = Infinity;
    const last = Math.min(slotOf(at) + 60, this.lastSlot());
    for (let slot = slotOf(at); slot <= last && next === Infinity; slot += 1)
      for (const flight of this.slots.get(slot) ?? [])
        for (const part of flight.parts) if (part.start > at) next = Math.min(next, part.start);
    return Math.min(glowing, next);
  }

  private lastSlot(): number {
    let last = -Infinity;
    for (const slot of this.slots.keys()) last = Math.max(last, slot);
    return last;
  }

  /** From the first to the last moment that anything is known of; null where nothing is. */
  span(): readonly [from: number, to: number] | null {
    const first = this.order[this.oldest];
    if (!first) return null;
    return [Math.min(first.start, first.at), (this.lastSlot() + 1) * SLOT_MS];
  }

  /** The flights of one order, in their order. */
  flightsOf(orderId: string): readonly Flight[] {
    return this.orders.get(orderId)?.flights ?? [];
  }

  /** The last `limit` events that `wanted` says yes to, the last first, of those that happened until `until`. */
  recent(limit: number, wanted: (hop: Hop) => boolean, until = Infinity): Hop[] {
    const found: Hop[] = [];
    for (let index = this.order.length - 1; index >= this.oldest && found.length < limit; index -= 1) {
      const flight = this.order[index];
      if (flight && flight.at <= until && wanted(flight.hop)) found.push(flight.hop);
    }
    return found;
  }

  /** How much is kept of each thing, for who watches over memory. */
  sizes() {
    const slotted = [...this.slots.values()].reduce((sum, slot) => sum + slot.size, 0);
    const { order, seen, orders, slots, depths } = this;
    return {
      events: order.length,
      seen: seen.size,
      orders: orders.size,
      slots: slots.size,
      slotted,
      depths: depths.length,
    };
  }
}

const slotOf = (at: number) => Math.floor(at / SLOT_MS);

function packetsOf(flight: Flight, at: number): Packet[] {
  const packets: Packet[] = [];
  if (at < flight.start || at >= flight.end) return packets;
  for (const part of flight.parts) {
    const gone = (at - part.start) / PART_MS;
    if (gone < 0 || gone >= 1) continue;
    const { edge, outcome } = part;
    const { seq, orderId } = flight.hop;
    const progress = part.forward ? gone : 1 - gone;
    packets.push({ seq, orderId, edge, progress, outcome, weight: flight.weight, ...(part.log && { log: true }) });
  }
  return packets;
}
