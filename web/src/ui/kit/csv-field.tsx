/** CSV from a file or pasted, and as it is corrected. */

import { useSignal } from "@preact/signals";
import { Field, INPUT } from "./controls";

/** `bytes`: the file as it was, null of what was typed or pasted. */
export type Csv = { text: string; bytes: Uint8Array<ArrayBuffer> | null; name: string };

export function CsvField(props: {
  label: string;
  value: string;
  placeholder: string;
  error?: string | null;
  onValue: (csv: Csv) => void;
}) {
  const wrong = useSignal<string | null>(null);
  const read = async (file: File | undefined) => {
    if (!file) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      wrong.value = null;
      props.onValue({ text, bytes, name: file.name });
    } catch {
      wrong.value = `${file.name} is not UTF-8. Save it as "CSV UTF-8" and choose it again.`;
    }
  };
  return (
    <div class="grid gap-4">
      <Field label="CSV file" optional error={wrong.value}>
        {(described) => (
          <input
            {...described}
            type="file"
            accept=".csv,text/csv"
            class={INPUT}
            onChange={(event) => read(event.currentTarget.files?.[0])}
          />
        )}
      </Field>
      <Field label={props.label} error={props.error}>
        {(described) => (
          <textarea
            {...described}
            rows={8}
            spellcheck={false}
            wrap="off"
            placeholder={props.placeholder}
            class={`${INPUT} font-mono text-sm`}
            value={props.value}
            onInput={(event) => props.onValue({ text: event.currentTarget.value, bytes: null, name: "" })}
          />
        )}
      </Field>
    </div>
  );
}
