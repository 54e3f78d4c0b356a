/** Cancelling one's own order, with a reason if one likes to say it. */

import { useSignal } from "@preact/signals";
import { Problem } from "../../api/problem";
import { Button, Field, INPUT } from "../kit/controls";
import { useAction } from "../kit/resource";
import { Dialog, Note, ProblemNote } from "../kit/surfaces";
import { cancelOrder, type Order } from "./ask";

type Props = {
  open: boolean;
  orderId: string;
  token: string;
  onClose: () => void;
  onCancelled: (order: Order) => void;
};

export const CancelDialog = (props: Props) => (
  <Dialog title="Cancel this order?" open={props.open} onClose={props.onClose}>
    <CancelForm {...props} />
  </Dialog>
);

function CancelForm(props: Props) {
  const reason = useSignal("");
  const cancel = useAction(async () => {
    props.onCancelled(await cancelOrder(props.orderId, props.token, reason.value));
  });
  const error = cancel.error.value;
  const fault = error instanceof Problem ? error.errors.find((each) => each.pointer === "/reason") : undefined;
  return (
    <form
      noValidate
      class="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void cancel.run();
      }}
    >
      <p class="text-sm text-soft">Nothing will be sent, and what you paid is refunded.</p>
      <Field label="Why" optional error={fault && `Please enter ${fault.detail}.`}>
        {(described) => (
          <textarea
            {...described}
            rows={2}
            class={`${INPUT} resize-y`}
            value={reason.value}
            onInput={(event) => {
              reason.value = event.currentTarget.value;
            }}
          />
        )}
      </Field>
      {error !== null && !fault && <Failure error={error} />}
      <div class="flex flex-wrap justify-end gap-3">
        <Button onClick={props.onClose}>Keep it</Button>
        <Button tone="danger" type="submit" busy={cancel.busy.value}>
          Cancel the order
        </Button>
      </div>
    </form>
  );
}

const Failure = (props: { error: unknown }) =>
  props.error instanceof Problem && props.error.slug === "invalid-transition" ? (
    <Note tone="bad">It is too late to cancel: the order has moved on. Close this to see where it is.</Note>
  ) : (
    <ProblemNote error={props.error} />
  );
