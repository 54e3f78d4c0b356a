/** Many copies of one form in one draw call; room for more is made by doubling, up to a limit. */

import {
  type BufferGeometry,
  type Color,
  InstancedBufferAttribute,
  InstancedMesh,
  type Material,
  Matrix4,
  type Object3D,
  Quaternion,
  Vector3,
} from "three";

const FIRST = 64;
const LEVEL = new Quaternion();

/** How much room `wanted` copies get, from what there is: doubled until it is enough, at most `limit`. */
export function roomFor(wanted: number, room: number, limit: number): number {
  let next = Math.max(1, room);
  while (next < wanted && next < limit) next *= 2;
  return Math.min(next, limit);
}

export class Instances {
  mesh: InstancedMesh;
  private count = 0;
  private readonly matrix = new Matrix4();
  private readonly size = new Vector3();

  constructor(
    private readonly parent: Object3D,
    private readonly form: BufferGeometry,
    private readonly material: Material,
    private readonly limit: number,
    private readonly order = 0,
  ) {
    this.mesh = this.made(Math.min(FIRST, limit));
  }

  /** Begin anew; `wanted` copies will be put, of which at most the limit is kept. */
  begin(wanted: number): void {
    const room = roomFor(wanted, this.mesh.instanceMatrix.count, this.limit);
    if (room > this.mesh.instanceMatrix.count) {
      this.parent.remove(this.mesh);
      this.mesh.dispose();
      this.mesh = this.made(room);
    }
    this.count = 0;
  }

  /** One more, at `at`; false where there is no room. Its index is `shown - 1` from now on. */
  put(at: Vector3, scale: number | Vector3, colour: Color, turn: Quaternion = LEVEL): boolean {
    if (this.count >= this.mesh.instanceMatrix.count) return false;
    const size = typeof scale === "number" ? this.size.setScalar(scale) : scale;
    this.mesh.setMatrixAt(this.count, this.matrix.compose(at, turn, size));
    this.mesh.setColorAt(this.count, colour);
    this.count += 1;
    return true;
  }

  get shown(): number {
    return this.count;
  }

  end(): void {
    this.mesh.count = this.count;
    this.mesh.visible = this.count > 0;
    this.mesh.instanceMatrix.needsUpdate = true;
    if (this.mesh.instanceColor) this.mesh.instanceColor.needsUpdate = true;
    // Worked out again when something is picked.
    this.mesh.boundingSphere = null;
  }

  dispose(): void {
    this.parent.remove(this.mesh);
    this.mesh.dispose();
    this.form.dispose();
    this.material.dispose();
  }

  private made(room: number): InstancedMesh {
    const mesh = new InstancedMesh(this.form, this.material, room);
    mesh.instanceColor = new InstancedBufferAttribute(new Float32Array(room * 3), 3);
    mesh.frustumCulled = false;
    mesh.renderOrder = this.order;
    mesh.count = 0;
    mesh.visible = false;
    this.parent.add(mesh);
    return mesh;
  }
}
