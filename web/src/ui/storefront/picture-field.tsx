/** A picture of what is wanted: looked at here, judged by the server, and its verdict said before the order. */

import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { Problem } from "../../api/problem";
import { Button, Spinner } from "../kit/controls";
import { Note, ProblemNote } from "../kit/surfaces";
import { uploadImage } from "./ask";
import type { Line } from "./cart";
import { change, draft, type Picture, wordsOf } from "./draft";
import { faults, forgive } from "./ordering";
import { base64, decoded, draw, NoPicture, sendable, TYPES } from "./picture";
import { VerdictText } from "./verdict";

const LOOK_SIDE = 480;
const PERCENT = new Intl.NumberFormat("en", { style: "percent" });

export function PictureField(props: { lines: readonly Line[] }) {
  const { picture, description } = draft.at.value;
  const file = useSignal<File | null>(null);
  const bitmap = useSignal<ImageBitmap | null>(null);
  const busy = useSignal(false);
  const error = useSignal<unknown>(null);
  const run = useRef(0);
  const words = wordsOf(props.lines, description);
  const send = async (chosen: File) => {
    const mine = ++run.current;
    busy.value = true;
    error.value = null;
    change({ picture: null });
    forgive("picture");
    try {
      const seen = await decoded(chosen);
      if (mine !== run.current) return;
      bitmap.value = seen;
      const judged = await uploadImage(await base64(await sendable(chosen, seen)), words);
      if (mine === run.current) change({ picture: { name: chosen.name, judged, words, confirmed: false } });
    } catch (failure) {
      if (mine === run.current) error.value = failure;
    } finally {
      if (mine === run.current) busy.value = false;
    }
  };
  const leave = () => {
    run.current += 1;
    [file.value, bitmap.value, busy.value, error.value] = [null, null, false, null];
    change({ picture: null });
    forgive("picture");
  };
  const again = () => (file.value ? void send(file.value) : undefined);
  return (
    <div class="grid gap-4">
      <Chooser
        has={picture !== null || file.value !== null}
        onFile={(chosen) => {
          file.value = chosen;
          bitmap.value = null;
          void send(chosen);
        }}
        onLeave={leave}
      />
      <div class="grid gap-4 empty:hidden sm:grid-cols-[auto_minmax(0,1fr)]">
        {bitmap.value && <Look bitmap={bitmap.value} name={file.value?.name ?? ""} />}
        <div class="grid content-start gap-3 empty:hidden" aria-live="polite">
          {busy.value && (
            <p class="flex items-center gap-3 text-sm text-soft">
              <Spinner /> Looking at the picture…
            </p>
          )}
          {picture && !busy.value && (
            <Judgement picture={picture} words={words} again={file.value === null ? undefined : again} />
          )}
        </div>
      </div>
      {error.value !== null && <Failure error={error.value} retry={again} />}
    </div>
  );
}

function Chooser(props: { has: boolean; onFile: (file: File) => void; onLeave: () => void }) {
  const id = useId();
  return (
    <div class="grid gap-1.5">
      <label for={id} class="text-sm font-medium">
        {props.has ? "Another picture" : "A picture of what you want"}{" "}
        <span class="font-normal text-soft">optional</span>
      </label>
      <div class="flex flex-wrap items-center gap-3">
        <input
          id={id}
          type="file"
          accept={TYPES.join(",")}
          aria-describedby={`${id}-hint`}
          class="min-w-0 max-w-full text-sm text-soft file:mr-3 file:min-h-11 file:cursor-pointer file:rounded-control file:border file:border-edge file:bg-card file:px-4 file:font-semibold file:text-ink hover:file:border-accent"
          onChange={(event) => {
            const [chosen] = event.currentTarget.files ?? [];
            if (chosen) props.onFile(chosen);
          }}
        />
        {props.has && (
          <Button
            small
            tone="quiet"
            onClick={() => {
              const input = document.getElementById(id);
              if (input instanceof HTMLInputElement) input.value = "";
              props.onLeave();
              input?.focus();
            }}
          >
            Order without a picture
          </Button>
        )}
      </div>
      <p id={`${id}-hint`} class="text-sm text-soft">
        PNG, JPEG or WebP. It is sent at once, and compared with your description, or else with the products.
      </p>
    </div>
  );
}

/** The picture, drawn: nothing is loaded for it. */
function Look(props: { bitmap: ImageBitmap; name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) draw(props.bitmap, canvas.current, LOOK_SIDE);
  }, [props.bitmap]);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={`Your picture ${props.name}`}
      class="max-h-56 max-w-full self-start rounded-control border border-line object-contain sm:max-w-64"
    />
  );
}

function Judgement(props: { picture: Picture; words: string; again: (() => void) | undefined }) {
  const { picture, words, again } = props;
  const { judged } = picture;
  const error = faults.value.at.get("picture");
  return (
    <>
      <VerdictText verdict={judged.verdict} confidence={judged.confidence} warning={judged.warning} />
      {judged.labels.length > 0 && (
        <ul aria-label="What is seen in it" class="flex flex-wrap gap-1.5">
          {judged.labels.slice(0, 8).map((label) => (
            <li key={label.name} class="rounded-full bg-ground px-2.5 py-0.5 text-xs break-words">
              {label.name} <span class="text-soft tabular-nums">{PERCENT.format(label.confidence)}</span>
            </li>
          ))}
        </ul>
      )}
      <p class="text-sm break-words text-soft">Compared with “{picture.words}”.</p>
      {picture.words !== words && (
        <p class="text-sm text-soft">
          Your words have changed since: it is compared anew when you order.{" "}
          {again && (
            <Button small tone="quiet" onClick={again}>
              Compare now
            </Button>
          )}
        </p>
      )}
      {(judged.verdict === "MISMATCH" || error || picture.confirmed) && (
        <Confirmation picture={picture} error={error} />
      )}
    </>
  );
}

function Confirmation(props: { picture: Picture; error: string | undefined }) {
  const id = useId();
  return (
    <div>
      <label class="flex cursor-pointer items-start gap-3 text-sm font-medium">
        <input
          type="checkbox"
          class="mt-0.5 size-5 shrink-0 accent-accent"
          checked={props.picture.confirmed}
          aria-invalid={Boolean(props.error)}
          aria-describedby={id}
          onChange={(event) => {
            change({ picture: { ...props.picture, confirmed: event.currentTarget.checked } });
            forgive("picture");
          }}
        />
        This is the right picture: order with it all the same
      </label>
      <p id={id} class="mt-1 text-sm font-medium text-bad empty:hidden">
        {props.error}
      </p>
    </div>
  );
}

function Failure(props: { error: unknown; retry: () => void }) {
  const { error } = props;
  if (error instanceof NoPicture) return <Note tone="bad">{error.message}</Note>;
  const mayPass = !(error instanceof Problem) || error.status === 0 || error.status === 429 || error.status >= 500;
  return <ProblemNote error={error} retry={mayPass ? props.retry : undefined} />;
}
