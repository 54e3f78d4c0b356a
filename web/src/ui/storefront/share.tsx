/** A link that shows the order to others, made only when somebody asks for it. */

import { useSignal } from "@preact/signals";
import { Button, Field, INPUT } from "../kit/controls";
import { Copied } from "../kit/data";
import { Dialog } from "../kit/surfaces";

export function Share(props: { link: string }) {
  const open = useSignal(false);
  return (
    <>
      <Button
        onClick={() => {
          open.value = true;
        }}
      >
        Share…
      </Button>
      <Dialog
        title="A link to this order"
        open={open.value}
        onClose={() => {
          open.value = false;
        }}
      >
        <p class="mb-4 text-sm text-soft">
          Whoever has it sees the whole order, with name and e-mail, and can cancel it while that is possible.
        </p>
        <Field label="Link">
          {(described) => (
            <input
              {...described}
              readOnly
              class={`${INPUT} font-mono text-xs`}
              value={props.link}
              onFocus={(event) => event.currentTarget.select()}
            />
          )}
        </Field>
        <div class="mt-4 flex items-center justify-between gap-3">
          <Copied text={props.link} label="Copy the link" />
          <Button
            onClick={() => {
              open.value = false;
            }}
          >
            Close
          </Button>
        </div>
      </Dialog>
    </>
  );
}
