import { render } from "preact";
import { LocationProvider } from "preact-iso";
import { afterEach, expect, test, vi } from "vitest";
import { entriesFor, Palette } from "../../../src/ui/console/palette";
import { offered } from "../../../src/ui/console/palette/actions";
import { matching, score } from "../../../src/ui/console/palette/match";

const ID = "ord_01a200c9-1af8-7892-b55d-a15b7310cbf0";
const frame = { help: () => {}, requests: () => {} };
const entry = (text: string) => ({ id: text, text, kind: "View", run: () => {} });

afterEach(() => {
  render(null, document.body);
  offered.value = new Map();
});

test("letters have to be there in order, and beginnings of words count more", () => {
  expect(score("Dead letters", "dl")).not.toBeNull();
  expect(score("Dead letters", "ld")).toBeNull();
  const names = ["Model", "Mails", "Dead letters", "Reload"].map(entry);
  expect(matching(names, "dl").map((each) => each.text)).toEqual(["Dead letters"].concat("Model"));
  expect(matching(names, "dead")[0]?.text).toBe("Dead letters");
  expect(matching(names, "  ").map((each) => each.text)).toEqual(names.map((each) => each.text));
  expect(matching(names, "xyz")).toEqual([]);
});

test("an order's id and an e-mail lead where they name", () => {
  const go = vi.fn();
  entriesFor(`see ${ID}`, go, frame)[0]?.run();
  entriesFor("ada@example.org", go, frame)[0]?.run();
  expect(go.mock.calls.map(([path]) => path)).toEqual([
    `/console/orders/${ID}`,
    "/console/orders?customer=ada%40example.org",
  ]);
});

test("what the view offers comes first", () => {
  offered.value = new Map([["act", [{ text: "Ship this order", run: () => {} }]]]);
  expect(entriesFor("", () => {}, frame)[0]?.text).toBe("Ship this order");
  expect(entriesFor("ship", () => {}, frame)[0]?.text).toBe("Ship this order");
});

test("the field names what the arrows choose, and Enter runs that and closes", async () => {
  const closed = vi.fn();
  const ran = vi.fn();
  offered.value = new Map([["act", [{ text: "Zebra", run: ran }]]]);
  HTMLElement.prototype.scrollIntoView ??= () => {};
  render(
    <LocationProvider>
      <Palette open onClose={closed} frame={frame} />
    </LocationProvider>,
    document.body,
  );
  const field = document.querySelector<HTMLInputElement>("[role=combobox]");
  if (!field) throw new Error("there is no field");
  const press = (key: string) => field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const named = () => document.getElementById(field.getAttribute("aria-activedescendant") ?? "");
  expect(named()?.textContent).toContain("Zebra");
  press("ArrowDown");
  await vi.waitFor(() => expect(named()?.textContent).toContain("Overview"));
  expect(named()?.getAttribute("aria-selected")).toBe("true");
  expect(document.querySelectorAll("[aria-selected=true]")).toHaveLength(1);
  press("ArrowUp");
  await vi.waitFor(() => expect(named()?.textContent).toContain("Zebra"));
  press("Enter");
  expect([ran.mock.calls.length, closed.mock.calls.length]).toEqual([1, 1]);
});
