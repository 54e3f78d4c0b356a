/** Narrows a list to one order, by its id in the address. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Button, TextField } from "../../kit/controls";
import { useQuery } from "../../kit/query";

export function OrderFilter() {
  const { query, go } = useQuery();
  const typed = useSignal(query.orderId ?? "");
  useEffect(() => {
    typed.value = query.orderId ?? "";
  }, [query.orderId, typed]);
  return (
    <form
      class="flex flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        go({ orderId: typed.value.trim() });
      }}
    >
      <div class="min-w-0 grow sm:max-w-md">
        <TextField
          label="Order"
          type="search"
          placeholder="ord_…"
          value={typed.value}
          onValue={(value) => {
            typed.value = value;
          }}
        />
      </div>
      <Button type="submit">Show</Button>
      {query.orderId && (
        <Button tone="quiet" onClick={() => go({})}>
          All
        </Button>
      )}
    </form>
  );
}
