import { afterEach, expect, test, vi } from "vitest";
import topology from "../../../topology/topology.json";
import { api } from "../../src/api/client";
import { elsewhere, LOCAL_ONLY, place, put, readPlace } from "../../src/api/place";
import { DEPLOYMENT, head } from "./deployment";

afterEach(() => {
  put({ kind: "local" });
  document.head.replaceChildren();
  vi.unstubAllGlobals();
});

test("the local server's page asks nobody where it is", async () => {
  const asked = vi.fn();
  vi.stubGlobal("fetch", asked);
  expect(await readPlace()).toEqual({ kind: "local" });
  expect(asked).not.toHaveBeenCalled();
  expect(elsewhere("/metrics")).toBeNull();
});

test("a deployment's page reads what it is", async () => {
  head();
  vi.stubGlobal("fetch", async (url: string) =>
    url === "/deployment.json" ? Response.json(DEPLOYMENT) : Response.error(),
  );
  expect(await readPlace()).toEqual({ kind: "aws", ...DEPLOYMENT });
  expect(place()).toMatchObject({ kind: "aws", region: "eu-west-1" });
});

test("a description that is not there is told", async () => {
  head();
  vi.stubGlobal("fetch", async () => new Response("", { status: 404 }));
  await expect(readPlace()).rejects.toThrow("/deployment.json answered 404");
});

test("what AWS does not answer is not asked there, and says where to look instead", async () => {
  const asked = vi.fn(async () => Response.json({ products: [] }));
  vi.stubGlobal("fetch", asked);
  put({ kind: "aws", ...DEPLOYMENT });
  const orders = { params: { path: { orderId: "ord_1" } } };
  await expect(api.GET("/orders/{orderId}/execution", orders)).rejects.toMatchObject({
    slug: "not-on-aws",
    detail: LOCAL_ONLY["/orders/{orderId}/execution"],
  });
  expect(asked).not.toHaveBeenCalled();
  await api.GET("/products");
  expect(asked).toHaveBeenCalledTimes(1);
});

test("every route that the local server alone has is one of these", () => {
  const files = /^\/($|assets|docs|problems|console|openapi|topology$|objects|sign-in$)/;
  const functions = [topology, ...Object.values(topology.pipelines)].flatMap((each) => Object.values(each.functions));
  const routes: [string, string][] = [
    ...Object.entries(topology.routes).map(([route, { where }]): [string, string] => [route, where]),
    ...functions.map(({ trigger }): [string, string] => [trigger.source, trigger.kind === "http" ? trigger.where : ""]),
  ];
  const local = routes.filter(([, where]) => where === "local").map(([route]) => route.replace(/^\S+ /, ""));
  expect(local.filter((path) => !files.test(path) && !(path in LOCAL_ONLY))).toEqual([]);
});
