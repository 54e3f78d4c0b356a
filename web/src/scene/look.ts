/** What things look like: colours of both themes, sizes in the layout's units, and what counts as failing. */

import type { NodeKind, Outcome } from "../model/types";

export type Theme = "bright" | "dark";

export type Look = {
  ground: string;
  grid: string;
  edge: string;
  lit: string;
  ink: string;
  card: string;
  line: string;
  bad: string;
  warn: string;
  accent: string;
  /** What glass is mixed with, and how much of it is seen through. */
  glass: string;
  shade: number;
  /** The boards that the planes of the layout stand before. */
  board: string;
  shadow: string;
  packets: Record<Outcome, string>;
  kinds: Record<NodeKind, string>;
};

const KINDS: Record<NodeKind, string> = {
  form: "#5f7688",
  api: "#8c4fff",
  function: "#ed7100",
  queue: "#e7157b",
  table: "#5b48d9",
  topic: "#e7157b",
  bucket: "#7aa116",
  workflow: "#e7157b",
  service: "#01a88d",
  letters: "#55606a",
  logs: "#e7157b",
};

export const LOOKS: Record<Theme, Look> = {
  bright: {
    ground: "#f5f4f0",
    grid: "#c3cac4",
    edge: "#7d8a86",
    lit: "#0b8f63",
    ink: "#1d1f1c",
    card: "#ffffff",
    line: "#cfd2c9",
    bad: "#c9261c",
    warn: "#b87400",
    accent: "#0b6e4f",
    glass: "#ffffff",
    shade: 0.26,
    board: "#ffffff",
    shadow: "#33463e",
    packets: { ok: "#0a9c6b", retry: "#e59400", failed: "#d92b20", dead: "#6b1d5c" },
    kinds: KINDS,
  },
  dark: {
    ground: "#121412",
    grid: "#3a423b",
    edge: "#75837b",
    lit: "#58e0a8",
    ink: "#f0f2ed",
    card: "#1f2420",
    line: "#434b44",
    bad: "#ff5b4f",
    warn: "#ffc14d",
    accent: "#58c99b",
    glass: "#3c4a43",
    shade: 0.36,
    board: "#2a332d",
    shadow: "#000000",
    packets: { ok: "#4be3a5", retry: "#ffc14d", failed: "#ff5b4f", dead: "#d68cff" },
    kinds: { ...KINDS, table: "#8f80ff", form: "#9db4c4", letters: "#a9b4bd" },
  },
};

/** How wide a node is; layouts leave room for it. */
export const NODE = 1.25;

/** For how long a node that failed is shown as failing, in milliseconds. */
export const FAILING_MS = 8_000;

/** How badly a node is doing, from 0 to 1: at once after a failure, and fading. */
export const failing = (state: { outcome: Outcome; ageMs: number } | undefined): number =>
  state && state.outcome !== "ok" ? Math.max(0, 1 - Math.max(0, state.ageMs) / FAILING_MS) : 0;

/** How lively a node is, from 0 to 1: what it has under way, and what it has just done. */
export const lively = (state: { ageMs: number; busy: number } | undefined): number =>
  state ? Math.min(1, Math.max(state.busy / (state.busy + 2), 1 - Math.max(0, state.ageMs) / 1_500)) : 0;
