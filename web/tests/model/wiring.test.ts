import { expect, test } from "vitest";
import topology from "../../../topology/topology.json";
import {
  enabled,
  grantWords,
  KINDS,
  kindOf,
  placesOf,
  startedBy,
  subscribersOf,
  subscriptionWords,
  triggerWords,
  usersOf,
  type Wiring,
} from "../../src/model/wiring";

const SHIPPED = topology as unknown as Wiring;
const of = (name: string, place: string | null = null) =>
  placesOf(SHIPPED, name).find(([pipeline]) => pipeline === place)?.[1];

test("every function of the shipped file is told in words, and each of its grants is a resource", () => {
  for (const pipeline of Object.keys(SHIPPED.pipelines))
    for (const [name, spec] of Object.entries(enabled(SHIPPED, pipeline))) {
      expect(triggerWords(spec.trigger), name).toMatch(/^[A-Z].+\.$/);
      for (const [resource, words] of grantWords(SHIPPED, spec)) {
        expect(kindOf(SHIPPED, resource), `${name}: ${resource}`).not.toBeNull();
        expect(words).not.toMatch(/undefined|\?|_/);
      }
    }
});

test("triggers in words", () => {
  const words = (name: string, place: string | null = null) => {
    const spec = of(name, place);
    return spec && triggerWords(spec.trigger);
  };
  expect(words("process_order", "workflow")).toBe("Each message of queue order-queue, up to 100 at once.");
  expect(words("process_order", "stream")).toBe(
    "Each change of table orders: a new row whose status is PENDING or a change whose status was FAILED and now status is PENDING, up to 100 at once.",
  );
  expect(words("start_workflow", "workflow")).toBe("A request, POST /orders, which may be sent by anyone.");
  expect(words("create_order", "workflow")).toBe("A step of workflow order-intake.");
  expect(words("sweep_orders")).toBe("The clock, every 1 minute.");
  expect(words("fail_order")).toMatch(/^Each message that was given up/);
});

test("grants in words", () => {
  const spec = of("process_order", "workflow");
  expect(spec && grantWords(SHIPPED, spec)).toEqual([
    ["orders", "May read, create and update · table"],
    ["products", "May reserve · table"],
    ["payments", "May charge · service"],
  ]);
});

test("who uses, starts and subscribes", () => {
  expect(usersOf(SHIPPED, "workflow", "payments").map(([name]) => name)).toEqual(["compensate_order", "process_order"]);
  expect(startedBy(SHIPPED, "workflow", "mail-queue")).toEqual(["send_email"]);
  expect(startedBy(SHIPPED, "stream", "order-queue")).toEqual([]);
  expect(subscribersOf(SHIPPED, "order-events")).toContain("notify-customer");
  expect(subscribersOf(SHIPPED, "alerts")).toEqual(["alert-handler"]);
  const queue = SHIPPED.queues["order-queue"];
  expect(queue && subscriptionWords(queue)).toBe("Gets messages of topic order-events whose type is OrderRetried.");
});

test("a name that only objects have by themselves is no name", () => {
  for (const name of ["constructor", "toString", "__proto__"]) {
    expect(placesOf(SHIPPED, name)).toEqual([]);
    expect(kindOf(SHIPPED, name)).toBeNull();
    expect(usersOf(SHIPPED, "workflow", name)).toEqual([]);
  }
  expect(KINDS.every((kind) => Object.keys(SHIPPED[kind]).every((name) => kindOf(SHIPPED, name) === kind))).toBe(true);
});
