import { BoxGeometry, Color, Matrix4, MeshBasicMaterial, Scene, Vector3 } from "three";
import { expect, it } from "vitest";
import { Instances, roomFor } from "../../src/scene/instances";

const made = (limit: number) => {
  const scene = new Scene();
  return { scene, copies: new Instances(scene, new BoxGeometry(), new MeshBasicMaterial(), limit) };
};
const fill = (copies: Instances, count: number) => {
  copies.begin(count);
  const put = Array.from({ length: count }, (_, index) => copies.put(new Vector3(index, 0, 0), 1, new Color("red")));
  copies.end();
  return put.filter(Boolean).length;
};

it("room grows by doubling, to the limit", () => {
  expect(roomFor(10, 64, 4_096)).toBe(64);
  expect(roomFor(65, 64, 4_096)).toBe(128);
  expect(roomFor(1_000, 64, 4_096)).toBe(1_024);
  expect(roomFor(1e9, 64, 5_000)).toBe(5_000);
});

it("what was put is drawn, and what has no room is not", () => {
  const { scene, copies } = made(100);
  expect(fill(copies, 30)).toBe(30);
  expect(copies.mesh.count).toBe(30);
  expect(fill(copies, 150)).toBe(100);
  expect(copies.mesh.count).toBe(100);
  expect(scene.children).toEqual([copies.mesh]);
});

it("fewer than before leave nothing behind", () => {
  const { copies } = made(1_000);
  fill(copies, 500);
  fill(copies, 3);
  expect(copies.mesh.count).toBe(3);
  const matrix = new Matrix4();
  copies.mesh.getMatrixAt(2, matrix);
  expect(new Vector3().setFromMatrixPosition(matrix).x).toBe(2);
  fill(copies, 0);
  expect(copies.mesh.visible).toBe(false);
});

it("a mesh that became too small is disposed of, and at the end the last", () => {
  const { scene, copies } = made(1_000);
  const gone: string[] = [];
  copies.mesh.addEventListener("dispose", () => gone.push("first"));
  fill(copies, 65);
  expect(gone).toEqual(["first"]);
  copies.mesh.addEventListener("dispose", () => gone.push("second"));
  copies.mesh.geometry.addEventListener("dispose", () => gone.push("form"));
  copies.dispose();
  expect(gone.toSorted()).toEqual(["first", "form", "second"]);
  expect(scene.children).toEqual([]);
});
