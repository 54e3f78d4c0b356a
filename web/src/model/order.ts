/** The events of one order, one after another as they were, at times at which they can be seen. */

import { compare, type Flight, fly, isRead, land, PART_MS } from "./flights";
import type { LayoutEdge } from "./types";
import type { Step, Ways } from "./ways";

/** Keeps the flights of one order in their order, and schedules them. */
export class OrderFlights {
  readonly flights: Flight[] = [];

  constructor(private readonly ways: Ways) {}

  /** Takes in one more and schedules what it may have changed: `dirty` gets each before, `clean` after it has. */
  add(flight: Flight, dirty: (flight: Flight) => void, clean: (flight: Flight) => void) {
    const list = this.flights;
    let index = list.length;
    while (index > 0 && compare(list[index - 1] ?? flight, flight, this.ways) > 0) index -= 1;
    list.splice(index, 0, flight);
    // Those of the same commit may be told in another order than they are shown in.
    while (index > 0 && list[index - 1]?.at === flight.at) index -= 1;
    const changed = list.slice(index);
    for (const each of changed) if (each !== flight) dirty(each);
    this.schedule(index);
    for (const each of changed) clean(each);
  }

  private schedule(from: number) {
    const list = this.flights;
    let least = Math.max(0, ...list.slice(0, from).map((flight) => (isRead(flight.hop) ? 0 : flight.own)));
    for (let index = from; index < list.length; index += 1) {
      const flight = list[index];
      const edge = flight && this.ways.edges.get(flight.hop.edge);
      if (!flight || !edge) continue;
      if (isRead(flight.hop)) {
        fly(flight, edge, [], flight.at, flight.at, this.ways);
        land(flight, edge, flight.end, this.ways);
        continue;
      }
      const { steps, after } = this.way(index, edge);
      fly(flight, edge, steps, after, least, this.ways);
      least = flight.own;
      const calls = this.calls(index);
      const answered = this.call(flight, calls);
      land(flight, edge, answered, this.ways);
      for (const call of calls) least = Math.max(least, call.own);
      index += calls.length;
    }
  }

  /** The calls that the flight at `index` made within its commit; they follow it. */
  private calls(index: number): Flight[] {
    const list = this.flights;
    const flight = list[index];
    const found: Flight[] = [];
    for (let next = index + 1; flight && next < list.length; next += 1) {
      const call = list[next];
      const edge = call && this.ways.edges.get(call.hop.edge);
      if (!call || edge?.kind !== "call" || call.at !== flight.at || edge.from !== flight.hop.function) break;
      found.push(call);
    }
    return found;
  }

  /** Schedules calls, one after another; when the last has answered. */
  private call(flight: Flight, calls: readonly Flight[]): number {
    let after = flight.own + PART_MS;
    for (const call of calls) {
      const edge = this.ways.edges.get(call.hop.edge);
      if (!edge) continue;
      fly(call, edge, [], after, after, this.ways);
      land(call, edge, call.own + PART_MS, this.ways);
      after = call.own + 2 * PART_MS;
    }
    return after;
  }

  /** How a flight gets to its edge: from the last one that led there, or from outside. */
  private way(index: number, edge: LayoutEdge): { steps: readonly Step[]; after: number } {
    return this.led(index, edge, false) ?? this.led(index, edge, true) ?? { steps: this.ways.entry(edge), after: 0 };
  }

  /** From the last that led there; `again`: by whichever way, beyond the last that took this edge. */
  private led(index: number, edge: LayoutEdge, again: boolean): { steps: readonly Step[]; after: number } | null {
    for (let earlier = index - 1; earlier >= 0; earlier -= 1) {
      const flight = this.flights[earlier];
      if (!flight?.place || isRead(flight.hop)) continue;
      const steps = this.ways.between(flight.place, edge.from, again);
      if (steps) return { steps, after: this.left(flight) };
      if (!again && flight.hop.edge === edge.id) return null;
    }
    return null;
  }

  /** When a flight may be followed; its log line need not have come in. */
  private left(flight: Flight): number {
    const parts = flight.parts.filter((part) => !part.log);
    return (parts.at(-1)?.start ?? flight.at) + PART_MS;
  }
}
