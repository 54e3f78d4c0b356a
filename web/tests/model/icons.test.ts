import installed from "aws-icons/package.json";
import { expect, it } from "vitest";
import topology from "../../../topology/topology.json";
import { iconOf, KIND_NAMES } from "../../src/model/icons";
import { ICON_NOTICE } from "../../src/model/notice";
import type { NodeKind } from "../../src/model/types";

const titleOf = (url: string) => /<title>([^<]*)<\/title>/.exec(decodeURIComponent(url))?.[1];

it("every kind and every service has a picture", () => {
  const kinds = (Object.keys(KIND_NAMES) as NodeKind[]).map((kind) => ({ kind, id: "x" }));
  const services = Object.keys(topology.services).map((id) => ({ kind: "service" as const, id }));
  for (const node of [...kinds, ...services])
    expect(decodeURIComponent(iconOf(node)), `${node.kind} ${node.id}`).toContain("<svg xmlns");
});

it("services that are others on AWS have pictures of their own", () => {
  const title = (kind: NodeKind, id: string) => titleOf(iconOf({ kind, id }));
  expect(title("service", "mail")).toContain("Simple-Email-Service");
  expect(title("service", "labels")).toContain("Rekognition");
  expect(title("service", "payments")).toContain("Generic-Application");
  expect(title("function", "mail")).toContain("Lambda");
});

it("the notice names the package as it is installed", () => {
  expect(ICON_NOTICE.package).toContain(`aws-icons ${installed.version}`);
  expect(ICON_NOTICE.package).toContain(`${installed.license} license`);
});
