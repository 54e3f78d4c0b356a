/** Where the picture is: the scene in three dimensions, or the drawing where there is none, or where it is asked for. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Stage } from "../../model/types";
import { theme } from "../kit/theme";
import { Drawing } from "./drawing";
import { run } from "./loop";
import type { Show } from "./show";
import { loadScene } from "./stage";

export type Dimensions = "3d" | "2d";

const reduced = () => matchMedia("(prefers-reduced-motion: reduce)");

/** `onStage` gets what draws, and null once it is gone; `onFlat` why there is but a drawing. */
export function StageArea(props: {
  show: Show;
  dimensions: Dimensions;
  onStage: (stage: Stage | null) => void;
  onFlat: (why: string) => void;
}) {
  const { show, dimensions } = props;
  const area = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const staged = useSignal<Stage | null>(null);
  const loading = useSignal(false);
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    let over = false;
    let end = () => {};
    const begin = (stage: Stage, child: Element) => {
      const size = () => {
        stage.resize(element.clientWidth, element.clientHeight, devicePixelRatio);
        show.touch();
      };
      const observer = new ResizeObserver(size);
      observer.observe(element);
      size();
      const stop = run(show, stage);
      staged.value = stage;
      latest.current.onStage(stage);
      end = () => {
        observer.disconnect();
        stop();
        staged.value = null;
        latest.current.onStage(null);
        stage.dispose();
        child.remove();
      };
    };
    const draw = () => {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("class", "size-full cursor-grab touch-none select-none");
      svg.setAttribute("aria-hidden", "true");
      element.append(svg);
      begin(new Drawing(svg, show.layout, reduced().matches), svg);
    };
    const build = async () => {
      const canvas = document.createElement("canvas");
      try {
        const makeScene = await loadScene();
        if (over) return;
        canvas.className = "block size-full";
        canvas.setAttribute("aria-hidden", "true");
        element.append(canvas);
        const options = { theme: theme.value, reducedMotion: reduced().matches, changed: show.touch };
        begin(makeScene(canvas, show.layout, options), canvas);
      } catch (error) {
        if (over) return;
        canvas.remove();
        latest.current.onFlat(error instanceof Error ? error.message : String(error));
      }
    };
    if (dimensions === "2d") draw();
    else {
      loading.value = true;
      void build().finally(() => {
        loading.value = false;
      });
    }
    return () => {
      over = true;
      end();
    };
  }, [show, dimensions, staged, loading]);
  useSignalEffect(() => {
    staged.value?.setTheme(theme.value);
    show.touch();
  });
  const down = useRef({ x: 0, y: 0 });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: every node is in the list, too, which needs no pointer.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the same.
    <div
      ref={area}
      data-stage={dimensions}
      class="absolute inset-x-0 bottom-34 top-14 overflow-hidden sm:bottom-20 lg:right-84"
      onPointerDown={(event) => {
        down.current = { x: event.clientX, y: event.clientY };
      }}
      onClick={(event) => {
        // What was dragged was not picked.
        if (Math.hypot(event.clientX - down.current.x, event.clientY - down.current.y) > 6) return;
        const box = event.currentTarget.getBoundingClientRect();
        const picked = staged.value?.pick(event.clientX - box.left, event.clientY - box.top) ?? null;
        if (picked?.kind === "packet" && picked.orderId) show.followed.value = picked.orderId;
        else show.pin(picked?.kind === "node" ? picked.id : null);
        show.touch();
      }}
    >
      {loading.value && (
        <p role="status" class="absolute inset-x-0 top-1/2 text-center text-soft">
          Loading the scene…
        </p>
      )}
    </div>
  );
}
