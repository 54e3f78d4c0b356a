/** A picture for what has none: a pattern of plain shapes, always the same for the same name. */

import type { JSX } from "preact";

type Palette = readonly [ground: string, strong: string, mild: string, spark: string];

const PALETTES: readonly Palette[] = [
  ["#e3f0e9", "#0b6e4f", "#8cc9ae", "#f2b84b"],
  ["#fbeae0", "#c8553d", "#f2a07b", "#2d3a4a"],
  ["#e6ecf8", "#2f5aa8", "#9db8e6", "#f0c36b"],
  ["#f1e9f7", "#6d4aa0", "#c3a9e0", "#e8836b"],
  ["#fcf0d6", "#b7791f", "#f0cd86", "#40665a"],
  ["#e1f0f3", "#13707f", "#86c5cf", "#d9604c"],
];
const SIDE = 40;

/** Numbers from 0 to below `below` that follow from the text alone (FNV-1a, then xorshift). */
export function dice(text: string): (below: number) => number {
  let state = 0x811c9dc5;
  for (const char of text) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  state ||= 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Quarter circles at each corner, half circles, discs, rings, leaves: all within a tile of 40 by 40. */
const SHAPES: readonly ((fill: string) => JSX.Element | null)[] = [
  (fill) => <path d="M0 0h40a40 40 0 0 1-40 40z" fill={fill} />,
  (fill) => <path d="M0 0h40a40 40 0 0 1-40 40z" fill={fill} />,
  (fill) => <path d="M0 20a20 20 0 0 1 40 0z" fill={fill} />,
  (fill) => <circle cx="20" cy="20" r="14" fill={fill} />,
  (fill) => <circle cx="20" cy="20" r="11" fill="none" stroke={fill} stroke-width="6" />,
  (fill) => <path d="M0 0a40 40 0 0 1 40 40a40 40 0 0 1-40-40z" fill={fill} />,
  (fill) => <path d="M0 0h40L0 40z" fill={fill} />,
  () => null,
];

function tiles(name: string, columns: number, rows: number, [ground, strong, mild, spark]: Palette) {
  const roll = dice(`${name}/${columns}x${rows}`);
  const sparkAt = roll(columns * rows);
  return Array.from({ length: columns * rows }, (_, index) => {
    const [x, y] = [(index % columns) * SIDE, Math.floor(index / columns) * SIDE];
    const back = roll(4) === 0 ? mild : ground;
    const fill = index === sparkAt ? spark : back === mild || roll(3) > 0 ? strong : mild;
    const shape = SHAPES[index === sparkAt ? 3 : roll(SHAPES.length)];
    return (
      <g key={`${x} ${y}`} transform={`translate(${x} ${y})`}>
        <rect width={SIDE + 0.5} height={SIDE + 0.5} fill={back} />
        <g transform={`rotate(${roll(4) * 90} 20 20)`}>{shape?.(fill)}</g>
      </g>
    );
  });
}

/** Says nothing to who hears the page: the name stands beside it. */
export function Art(props: { name: string; columns?: number; rows?: number; class?: string }) {
  const { name, columns = 4, rows = 3 } = props;
  const palette = PALETTES[dice(name)(PALETTES.length)] ?? (PALETTES[0] as Palette);
  return (
    <svg
      aria-hidden="true"
      focusable="false"
      viewBox={`0 0 ${columns * SIDE} ${rows * SIDE}`}
      preserveAspectRatio="xMidYMid slice"
      class={`block dark:brightness-[.82] ${props.class ?? ""}`}
    >
      {tiles(name, columns, rows, palette)}
    </svg>
  );
}
