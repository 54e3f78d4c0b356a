/** How to pay: here only in play, so that people see what becomes of an order that is not paid. */

import { change, draft, PAYMENTS } from "./draft";
import { faults, forgive } from "./ordering";

export function PaymentChoice() {
  const chosen = draft.at.value.paymentToken;
  const error = faults.value.at.get("paymentToken");
  const label = PAYMENTS.find(([token]) => token === chosen)?.[1] ?? "";
  return (
    <details
      open={Boolean(error)}
      class="rounded-card border border-line bg-card p-4 shadow-card sm:p-6 [&[open]>summary]:mb-4"
    >
      <summary class="cursor-pointer text-lg font-semibold tracking-tight">
        Test payment: <span class="font-normal">{label}</span>
      </summary>
      <fieldset aria-describedby="payment-error">
        <legend class="mb-3 text-sm text-soft">
          No real money moves here. Choose what the payment service does, and watch what becomes of the order.
        </legend>
        <div class="grid gap-2 sm:grid-cols-2">
          {PAYMENTS.map(([token, name, about]) => (
            <label
              key={token}
              class="flex cursor-pointer gap-3 rounded-control border border-line p-3 hover:border-accent has-checked:border-accent has-checked:bg-wash"
            >
              <input
                type="radio"
                name="payment"
                class="mt-0.5 size-4 shrink-0 accent-accent"
                checked={token === chosen}
                aria-invalid={Boolean(error) && token === chosen}
                onChange={() => {
                  change({ paymentToken: token });
                  forgive("paymentToken");
                }}
              />
              <span class="min-w-0 text-sm">
                <span class="block font-medium">{name}</span>
                <span class="block text-soft">{about}</span>
              </span>
            </label>
          ))}
        </div>
        <p id="payment-error" class="mt-3 text-sm font-medium text-bad empty:hidden">
          {error}
        </p>
      </fieldset>
    </details>
  );
}
