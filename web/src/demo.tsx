/** The static demo's page: the live view, of a run that was recorded and is in the page. It asks nobody for anything. */

import { render } from "preact";
import { recordedFeed } from "./feed/recorded";
import { eventsOf, type Recorded, readRecording } from "./feed/recording";
import type { Topology } from "./layout/topology";
import { makeScene } from "./scene/scene";
import { applyTheme, setTheme, theme } from "./ui/kit/theme";
import { provideScene } from "./ui/live/stage";
import { LiveView } from "./ui/live/view";
import "./ui/theme.css";

const day = (iso: string) =>
  new Date(iso).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });

/** Says at any time that this is a recording: when, of what, and how much. */
function Head(props: { recording: Recorded }) {
  const { recordedAt, endedAt, version, pipeline, orders } = props.recording;
  const seconds = Math.round((Date.parse(endedAt) - Date.parse(recordedAt)) / 1000);
  return (
    <header class="mb-4 flex items-start justify-between gap-3">
      <div class="min-w-0">
        <h1 class="text-2xl">Ordermill, a recorded run</h1>
        <p class="mt-1 text-sm text-soft sm:text-base" data-testid="recording">
          Recorded on {day(recordedAt)} UTC with version {version}, pipeline {pipeline}: {orders} orders in {seconds}{" "}
          seconds, on one machine. Nothing here is live, and nothing is simulated.
        </p>
      </div>
      <button
        type="button"
        class="min-h-11 cursor-pointer rounded-control border border-edge px-4 text-sm font-semibold"
        onClick={() => setTheme(theme.value === "dark" ? "bright" : "dark")}
      >
        {theme.value === "dark" ? "Bright" : "Dark"}
      </button>
    </header>
  );
}

function Demo(props: { recording: Recorded }) {
  const { recording } = props;
  return (
    <main class="mx-auto w-full max-w-[112rem] px-4 py-5 sm:px-8" style={{ "--beside": "4rem" }}>
      <Head recording={recording} />
      <LiveView topology={recording.topology as Topology} pipeline={recording.pipeline} mode="recorded" feed={FEED} />
    </main>
  );
}

const recording = readRecording(document.getElementById("recording")?.textContent ?? "");
const FEED = recordedFeed(eventsOf(recording));
applyTheme();
provideScene(() => Promise.resolve(makeScene));
const app = document.getElementById("app");
if (app) {
  app.replaceChildren();
  render(<Demo recording={recording} />, app);
}
