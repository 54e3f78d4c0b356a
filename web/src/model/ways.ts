/** Which ways a message takes that no hop names: from where it was made to where it is taken up. */

import type { Layout, LayoutEdge, LayoutNode } from "./types";

/** An edge, and in which direction; backwards is an answer, or a message that goes back to its queue. */
export type Step = { edge: string; forward: boolean };

const ENTRY = "api";
const FORM_WAY = "form>api";
/** A message goes through so many places at most before a function takes it up. */
const LONGEST = 4;

type Way = { step: Step; to: string; seldom: boolean };

/** A layout, looked up by name. */
export class Ways {
  readonly nodes: ReadonlyMap<string, LayoutNode>;
  readonly edges: ReadonlyMap<string, LayoutEdge>;
  private readonly next = new Map<string, Way[]>();
  private readonly known = new Map<string, readonly Step[] | null>();

  constructor(readonly layout: Layout) {
    this.nodes = new Map(layout.nodes.map((node) => [node.id, node]));
    this.edges = new Map(layout.edges.map((edge) => [edge.id, edge]));
    for (const edge of layout.edges) {
      const { id, from, to, kind } = edge;
      // Only what was given up goes there, and says so itself.
      if (this.nodes.get(to)?.kind === "letters") continue;
      if (kind === "carries") this.lead(from, { step: { edge: id, forward: true }, to, seldom: this.isSeldom(edge) });
      // What a workflow asks of a function comes back to the workflow.
      if (kind === "hop" && this.nodes.get(from)?.kind === "workflow")
        this.lead(to, { step: { edge: id, forward: false }, to: from, seldom: false });
    }
  }

  /** A queue that is sent to subscribes to what comes again; what is first sent comes another way. */
  private isSeldom({ from, to }: LayoutEdge): boolean {
    if (this.nodes.get(from)?.kind !== "topic") return false;
    const consumers = this.layout.edges.filter((edge) => edge.kind === "hop" && edge.from === to);
    return this.layout.edges.some(
      (edge) =>
        edge.kind === "carries" &&
        edge.to === to &&
        edge.from !== from &&
        !consumers.some((consumer) => consumer.to === edge.from),
    );
  }

  private lead(from: string, way: Way) {
    this.next.set(from, [...(this.next.get(from) ?? []), way]);
  }

  /**
   * The shortest way from one node to another over places alone; null where there is none, empty where they are one.
   * `seldom`: also by ways that only what is sent again takes.
   */
  between(from: string, to: string, seldom = true): readonly Step[] | null {
    const key = `${from}>${to}>${seldom}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const found = this.search(from, to, seldom);
    this.known.set(key, found);
    return found;
  }

  private search(from: string, to: string, anyWay: boolean): readonly Step[] | null {
    if (from === to) return [];
    let open: { at: string; steps: readonly Step[] }[] = [{ at: from, steps: [] }];
    const seen = new Set([from]);
    for (let length = 0; length < LONGEST && open.length > 0; length += 1) {
      const further: typeof open = [];
      for (const { at, steps } of open) {
        for (const { step, to: reached, seldom } of this.next.get(at) ?? []) {
          if (seldom && !anyWay) continue;
          if (reached === to) return [...steps, step];
          if (seen.has(reached) || this.nodes.get(reached)?.kind === "function") continue;
          seen.add(reached);
          further.push({ at: reached, steps: [...steps, step] });
        }
      }
      open = further;
    }
    return null;
  }

  /** How something comes in that nothing here led to: orders from the web form. */
  entry({ from, to }: LayoutEdge): readonly Step[] {
    const customer = from === ENTRY && this.nodes.get(to)?.plane === 0 && this.edges.has(FORM_WAY);
    return customer ? [{ edge: FORM_WAY, forward: true }] : [];
  }
}
