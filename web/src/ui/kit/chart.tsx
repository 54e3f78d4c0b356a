/** Lines over time, drawn by uPlot once it is wanted, with the same numbers as a table. */

import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import type { Chart } from "../../feed/series";
import { Table } from "./data";
import { theme } from "./theme";

const HEIGHT = 200;
const ROWS = 30;
const COLOURS = ["accent", "info", "warn", "bad", "soft"] as const;
/** What has a meaning has its colour everywhere. */
const MEANT: Readonly<Record<string, string>> = { ok: "accent", retry: "warn", failed: "info", dead: "bad" };
const DASHES = [[], [6, 4], [2, 3]];

const load = async () => {
  const [made] = await Promise.all([import("uplot"), import("uplot/dist/uPlot.min.css")]);
  return made.default;
};

function optionsOf(chart: Chart, width: number, format: (value: number) => string): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--color-${name}`).trim();
  const axis = { stroke: colour("soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    cursor: { y: false },
    legend: { live: true },
    scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high ?? 0) > 0 ? (high ?? 0) * 1.1 : 1] } },
    axes: [axis, { ...axis, size: 64, values: (_, splits) => splits.map(format) }],
    series: [
      {},
      ...chart.lines.map(({ label }, index) => ({
        label,
        stroke: colour(MEANT[label] ?? COLOURS[index % COLOURS.length] ?? "ink"),
        dash: DASHES[Math.floor(index / COLOURS.length) % DASHES.length] ?? [],
        width: 2,
        points: { show: chart.times.length < 3 },
        value: (_: uPlot, value: number | null) => (value === null ? "–" : format(value)),
      })),
    ],
  };
}

const aligned = (chart: Chart) =>
  [chart.times, ...chart.lines.map(({ values }) => values)] as unknown as uPlot.AlignedData;

/** `format` writes a value with its unit; `empty` is said while there is nothing to draw. */
export function LineChart(props: { title: string; chart: Chart; format: (value: number) => string; empty: string }) {
  const { chart, format } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(chart);
  latest.current = chart;
  const drawn = chart.lines.length > 0 && chart.times.length > 0;
  const shape = `${drawn} ${theme.value} ${chart.lines.map(({ label }) => label).join(" ")}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew where its lines or colours are others.
  useEffect(() => {
    const at = place.current;
    if (!at || !drawn) return;
    let gone = false;
    const sized = new ResizeObserver(() => plot.current?.setSize({ width: at.clientWidth, height: HEIGHT }));
    void load().then((Plot) => {
      if (gone) return;
      plot.current = new Plot(optionsOf(latest.current, at.clientWidth, format), aligned(latest.current), at);
      sized.observe(at);
    });
    return () => {
      gone = true;
      sized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(aligned(chart)), [chart]);
  const rows = chart.times.map((time, index) => ({ time, index })).slice(-ROWS);
  return (
    <figure class="min-w-0">
      <figcaption class="mb-2 font-semibold">{props.title}</figcaption>
      {!drawn ? (
        <p class="text-sm text-soft">{props.empty}</p>
      ) : (
        <>
          <div
            ref={place}
            class="min-w-0 overflow-hidden text-xs"
            role="img"
            aria-label={`${props.title}, as lines; the table has the same numbers`}
          />
          <details class="mt-2 text-sm">
            <summary class="cursor-pointer text-accent">Table</summary>
            <Table
              caption={props.title}
              rows={rows.reverse()}
              rowKey={({ time }) => String(time)}
              columns={[
                { head: "Time", cell: ({ time }) => new Date(time * 1000).toLocaleTimeString() },
                ...chart.lines.map(({ label, values }) => ({
                  head: label,
                  numeric: true,
                  cell: ({ index }: { index: number }) => {
                    const value = values[index];
                    return value === null || value === undefined ? "–" : format(value);
                  },
                })),
              ]}
            />
          </details>
        </>
      )}
    </figure>
  );
}
