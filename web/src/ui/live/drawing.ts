/** The same picture in two dimensions, as SVG: for who has no WebGL, or would rather have it still. */

import type { Frame, Layout, LayoutEdge, LayoutNode, Packet, Picked, Point, Stage } from "../../model/types";

const NS = "http://www.w3.org/2000/svg";
const UNIT = 40;
const [WIDTH, HEIGHT] = [2.6 * UNIT, 1.15 * UNIT];
const MARGIN = 1.2;
/** Its ways in and out stand before all else, which is seen on request. */
const FRONT = 2;
/** A unit has so many pixels at least, to begin with. */
const READABLE = 16;
const NEAR = 14;
const FILL = { ok: "fill-accent", retry: "fill-warn", failed: "fill-bad", dead: "fill-bad" } as const;
const WASH = { ok: "fill-wash", retry: "fill-warn-wash", failed: "fill-bad-wash", dead: "fill-bad-wash" } as const;
const STROKE = { ok: "stroke-accent", retry: "stroke-warn", failed: "stroke-bad", dead: "stroke-bad" } as const;
const SIGNS = { ok: "", retry: "↻", failed: "✕", dead: "✕" } as const;

function make<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

const flat = ([x, y]: Point) => ({ x: x * UNIT, y: -y * UNIT });

/** A way as it is walked: its corners, and how far along each is, from 0 to 1. */
type Walk = { corners: { x: number; y: number }[]; shares: number[] };

function walkOf(edge: LayoutEdge): Walk {
  const corners = edge.path.map(flat);
  const lengths = corners.map((at, index) => {
    const last = corners[index - 1] ?? at;
    return Math.hypot(at.x - last.x, at.y - last.y);
  });
  let gone = 0;
  const along = lengths.map((length) => {
    gone += length;
    return gone;
  });
  return { corners, shares: along.map((each) => each / (gone || 1)) };
}

function pointOn({ corners, shares }: Walk, progress: number): { x: number; y: number } {
  const next = Math.max(
    1,
    shares.findIndex((share) => share >= progress),
  );
  const [from, to] = [corners[next - 1], corners[next]];
  if (!from || !to) return from ?? { x: 0, y: 0 };
  const [begin = 0, end = 1] = [shares[next - 1], shares[next]];
  const share = end > begin ? (progress - begin) / (end - begin) : 0;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

type DrawnNode = {
  group: SVGGElement;
  box: SVGRectElement;
  state: SVGTextElement;
  depth: SVGTextElement;
  bar: SVGRectElement;
};

type Box = { x: number; y: number; width: number; height: number };

/** Draws into an SVG element. */
export class Drawing implements Stage {
  private readonly nodes = new Map<string, DrawnNode>();
  private readonly edges = new Map<string, { walk: Walk; line: SVGPolylineElement }>();
  private readonly packets = make("g");
  private readonly dots: SVGGElement[] = [];
  private shown: { packet: Packet; x: number; y: number }[] = [];
  private lit: string[] = [];
  private box: Box | null = null;
  private follows = false;
  private readonly ended = new AbortController();

  constructor(
    private readonly svg: SVGSVGElement,
    private readonly layout: Layout,
    private readonly still: boolean,
  ) {
    const [lines, boxes] = [make("g"), make("g")];
    const planes = new Map(layout.nodes.map(({ id, plane }) => [id, plane ?? 0]));
    for (const edge of layout.edges) {
      const hidden = edge.kind === "past" || edge.kind === "log";
      const between = planes.get(edge.from) !== planes.get(edge.to);
      const points = edge.path.map(flat).map(({ x, y }) => `${x},${y}`);
      const line = make("polyline", {
        points: points.join(" "),
        fill: "none",
        class: `stroke-edge ${edge.kind === "carries" ? "[stroke-dasharray:5_4]" : ""}`,
        "stroke-width": edge.kind === "hop" ? 1.6 : 1.1,
        opacity: hidden ? 0 : between ? 0.12 : 0.55,
      });
      lines.append(line);
      this.edges.set(edge.id, { walk: walkOf(edge), line });
    }
    for (const node of layout.nodes) boxes.append(this.drawNode(node));
    svg.replaceChildren(lines, boxes, this.packets);
    this.focus(null);
    this.move();
  }

  private drawNode(node: LayoutNode): SVGGElement {
    const { x, y } = flat(node.at);
    const box = make("rect", {
      x: -WIDTH / 2,
      y: -HEIGHT / 2,
      width: WIDTH,
      height: HEIGHT,
      rx: node.kind === "queue" || node.kind === "letters" ? HEIGHT / 2 : node.kind === "function" ? 6 : 2,
      "stroke-width": 1.2,
    });
    const [first, second] = inTwo(node.label);
    const text = { "text-anchor": "middle", class: "fill-ink", "font-size": 12.5 };
    const label = make("text", { ...text, y: second ? -7 : 0 }, first);
    const more = make("text", { ...text, y: 7 }, second);
    const kind = make("text", { "text-anchor": "middle", class: "fill-soft", "font-size": 9, y: 18 }, node.kind);
    const state = make("text", { x: WIDTH / 2 - 6, y: -HEIGHT / 2 + 12, "text-anchor": "end", "font-size": 12 });
    const bar = make("rect", { x: -WIDTH / 2, y: HEIGHT / 2 + 2, height: 4, width: 0, rx: 2, class: "fill-info" });
    const depth = make("text", {
      x: WIDTH / 2,
      y: HEIGHT / 2 + 17,
      "text-anchor": "end",
      class: "fill-info",
      "font-size": 13,
      "font-weight": 700,
    });
    const group = make("g", { transform: `translate(${x} ${y})`, "data-node": node.id, class: "cursor-pointer" });
    group.append(box, label, more, kind, state, bar, depth);
    this.nodes.set(node.id, { group, box, state, depth, bar });
    return group;
  }

  show(frame: Frame) {
    for (const [id, drawn] of this.nodes) this.showNode(id, drawn, frame);
    for (const id of this.lit) this.edges.get(id)?.line.classList.remove("stroke-accent!");
    this.lit = [];
    this.shown = [];
    this.keep(frame.active);
    for (const packet of frame.packets) {
      const edge = this.edges.get(packet.edge);
      if (!edge) continue;
      // Who wants it still sees where it goes, not how.
      const at = pointOn(edge.walk, this.still ? (packet.log ? 1 : 0.5) : packet.progress);
      if (!packet.log) {
        edge.line.classList.add("stroke-accent!");
        this.lit.push(packet.edge);
      }
      this.shown.push({ packet, ...at });
    }
    this.showPackets(frame.followed);
  }

  private showNode(id: string, { group, box, state, depth, bar }: DrawnNode, frame: Frame) {
    const known = frame.states.get(id);
    const outcome = known?.outcome ?? "ok";
    const fresh = known !== undefined && known.ageMs < 3000;
    const active = frame.active === id;
    const told = known !== undefined && (fresh || outcome !== "ok");
    const wash = told ? WASH[outcome] : "fill-card";
    const stroke = told ? STROKE[outcome] : active ? STROKE.ok : "stroke-edge";
    set(box, "class", `${wash} ${stroke}`);
    set(box, "stroke-width", active ? "3" : "1.2");
    set(group, "data-outcome", known?.outcome ?? "");
    text(state, SIGNS[outcome]);
    set(state, "class", FILL[outcome]);
    const waits = frame.depths.get(id) ?? 0;
    text(depth, waits > 0 ? String(waits) : "");
    set(bar, "width", String(waits > 0 ? Math.min(WIDTH, 6 * Math.sqrt(waits)) : 0));
  }

  private showPackets(followed: string | null) {
    this.shown.forEach(({ packet, x, y }, index) => {
      let dot = this.dots[index];
      if (!dot) {
        dot = make("g", {}, make("circle"), make("text", { "text-anchor": "middle", "font-size": 8, y: 3 }));
        this.dots.push(dot);
        this.packets.append(dot);
      }
      const aside = followed !== null && packet.orderId !== followed;
      const [circle, sign] = [dot.firstElementChild, dot.lastElementChild];
      const radius = packet.log ? 2.5 : Math.min(14, 5 + Math.log2(packet.weight) * 1.2);
      set(dot, "transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
      set(dot, "visibility", "visible");
      set(dot, "opacity", aside ? "0.3" : "1");
      if (circle) set(circle, "r", String(radius));
      if (circle) set(circle, "class", `${FILL[packet.outcome]} stroke-card`);
      if (sign) set(sign, "class", "fill-on-accent");
      if (sign) text(sign, packet.log ? "" : packet.weight > 1 ? String(packet.weight) : SIGNS[packet.outcome]);
    });
    for (const dot of this.dots.slice(this.shown.length)) set(dot, "visibility", "hidden");
  }

  resize() {
    // The view box scales by itself.
  }

  pick(x: number, y: number): Picked {
    const matrix = this.svg.getScreenCTM();
    const box = this.svg.getBoundingClientRect();
    if (!matrix) return null;
    const at = new DOMPoint(x + box.left, y + box.top).matrixTransform(matrix.inverse());
    const near = this.shown.find((each) => !each.packet.log && Math.hypot(each.x - at.x, each.y - at.y) < NEAR);
    if (near) return { kind: "packet", seq: near.packet.seq, orderId: near.packet.orderId };
    for (const { id, at: place } of this.layout.nodes) {
      const { x: left, y: top } = flat(place);
      if (Math.abs(left - at.x) < WIDTH / 2 && Math.abs(top - at.y) < HEIGHT / 2) return { kind: "node", id };
    }
    return null;
  }

  focus(id: string | null) {
    // The first time the way of an order is enough, and can be read.
    const front = this.box === null;
    const [least, most] = front
      ? boundsOf(this.layout.nodes.filter(({ plane }) => (plane ?? 0) < FRONT))
      : this.layout.bounds;
    const node = this.layout.nodes.find((each) => each.id === id);
    const [from, to] = node
      ? [
          { x: node.at[0] - 9, y: node.at[1] + 5 },
          { x: node.at[0] + 9, y: node.at[1] - 5 },
        ]
      : [
          { x: least[0] - MARGIN, y: most[1] + MARGIN },
          { x: most[0] + MARGIN, y: least[1] - MARGIN },
        ];
    const [x, y, right, bottom] = [from.x * UNIT, -from.y * UNIT, to.x * UNIT, -to.y * UNIT];
    // Where that would be too small to read it is a part of it, which goes with what happens.
    const widest = front ? (this.svg.clientWidth || Infinity) * (UNIT / READABLE) : Infinity;
    this.follows = right - x > widest;
    this.look({ x, y, width: Math.min(right - x, widest), height: bottom - y });
  }

  /** Keeps a node in sight, as long as nobody moved the picture. */
  private keep(id: string | null) {
    const at = this.layout.nodes.find((node) => node.id === id)?.at;
    const { box } = this;
    if (!this.follows || !at || !box) return;
    const x = at[0] * UNIT;
    if (x - WIDTH / 2 < box.x || x + WIDTH / 2 > box.x + box.width) this.look({ ...box, x: x - box.width / 2 });
  }

  private look(box: Box) {
    this.box = box;
    set(this.svg, "viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
  }

  /** Drawn with one finger or the mouse it is moved; with two, or the wheel and Ctrl, or by a double click, enlarged. */
  private move() {
    const { svg } = this;
    const down = new Map<number, { x: number; y: number }>();
    const { signal } = this.ended;
    const scale = () => 1 / (svg.getScreenCTM()?.a || 1);
    svg.addEventListener("pointerdown", (event) => down.set(event.pointerId, { x: event.clientX, y: event.clientY }), {
      signal,
    });
    for (const name of ["pointerup", "pointercancel", "pointerleave"] as const)
      svg.addEventListener(name, (event) => down.delete(event.pointerId), { signal });
    svg.addEventListener(
      "pointermove",
      (event) => {
        const last = down.get(event.pointerId);
        const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
        if (!last || !this.box) return;
        this.follows = false;
        const at = { x: event.clientX, y: event.clientY };
        down.set(event.pointerId, at);
        if (other) {
          const far = (from: { x: number; y: number }) => Math.hypot(from.x - other.x, from.y - other.y) || 1;
          this.zoom(far(last) / far(at), at);
        } else {
          const { box } = this;
          this.look({ ...box, x: box.x - (at.x - last.x) * scale(), y: box.y - (at.y - last.y) * scale() });
        }
      },
      { signal },
    );
    svg.addEventListener("dblclick", (event) => this.zoom(0.6, { x: event.clientX, y: event.clientY }), { signal });
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(Math.exp(event.deltaY / 300), { x: event.clientX, y: event.clientY });
    };
    svg.addEventListener("wheel", wheel, { signal, passive: false });
  }

  /** Shows `by` times as much, what is at a place of the window staying there. */
  private zoom(by: number, at: { x: number; y: number }) {
    const matrix = this.svg.getScreenCTM();
    const { box } = this;
    if (!matrix || !box) return;
    this.follows = false;
    const factor = Math.min(Math.max(by, (4 * UNIT) / box.width), (120 * UNIT) / box.width);
    const fixed = new DOMPoint(at.x, at.y).matrixTransform(matrix.inverse());
    const [x, y] = [fixed.x + (box.x - fixed.x) * factor, fixed.y + (box.y - fixed.y) * factor];
    this.look({ x, y, width: box.width * factor, height: box.height * factor });
  }

  setTheme() {
    // Its colours are the page's.
  }

  dispose() {
    this.ended.abort();
    this.svg.replaceChildren();
  }
}

function boundsOf(nodes: readonly LayoutNode[]): [least: Point, most: Point] {
  const [xs, ys] = [nodes.map(({ at }) => at[0]), nodes.map(({ at }) => at[1])];
  return [
    [Math.min(...xs) - 1, Math.min(...ys) - 0.5, 0],
    [Math.max(...xs) + 1, Math.max(...ys) + 0.5, 0],
  ];
}

/** A long name in two lines, parted where its words are. */
function inTwo(label: string): [string, string] {
  if (label.length <= 16) return [label, ""];
  const parts = label.split(/(?<=[-_ ])/);
  let first = "";
  while (parts[0] !== undefined && (first === "" || first.length + parts[0].length <= label.length / 2 + 2))
    first += parts.shift();
  return [first, parts.join("")];
}

const set = (element: Element, name: string, value: string) => {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
};
const text = (element: Element, value: string) => {
  if (element.textContent !== value) element.textContent = value;
};
