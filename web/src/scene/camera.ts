/** From where the scene is seen: with pointer, fingers and keys, from near or from far enough to see all. */

import { Box3, PerspectiveCamera, Spherical, Vector3 } from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";

const FIELD = 42;
const FLIGHT_MS = 600;
const STEP = 0.12;
/** How the scene is looked at first: from above, a little from the side. In narrow views along the flow. */
const POLAR = 1.28;
const SIDES = [-0.2, -0.45, -0.7];

export type Fit = { distance: number; middle: Vector3 };
type Flight = { since: number; from: Vector3; to: Vector3; fromTarget: Vector3; toTarget: Vector3 };

/**
 * How far away, in the direction `from`, all of `points` are within the view, and around which middle. `wide`: the width of
 * the view as a multiple of its height.
 */
export function fitting(points: readonly Vector3[], from: Vector3, wide: number, field = FIELD): Fit {
  const back = from.clone().normalize();
  const right = new Vector3(0, 1, 0).cross(back).normalize();
  const up = back.clone().cross(right);
  const tall = Math.tan((field * Math.PI) / 360);
  const middle = new Box3().setFromPoints([...points]).getCenter(new Vector3());
  let distance = 0;
  // The picture's middle is not that of space: what is near takes more of it. A few rounds bring it there.
  for (let round = 0; round < 24; round += 1) {
    const spans = { left: -Infinity, right: -Infinity, up: -Infinity, down: -Infinity };
    distance = 0;
    for (const point of points) {
      const corner = point.clone().sub(middle);
      const [x, y, z] = [corner.dot(right), corner.dot(up), corner.dot(back)];
      distance = Math.max(distance, z + Math.abs(y) / tall, z + Math.abs(x) / (tall * wide));
      spans.right = Math.max(spans.right, z + x / (tall * wide));
      spans.left = Math.max(spans.left, z - x / (tall * wide));
      spans.up = Math.max(spans.up, z + y / tall);
      spans.down = Math.max(spans.down, z - y / tall);
    }
    middle.addScaledVector(right, ((spans.right - spans.left) * tall * wide) / 2);
    middle.addScaledVector(up, ((spans.up - spans.down) * tall) / 2);
  }
  return { distance, middle };
}

export class View {
  readonly camera = new PerspectiveCamera(FIELD, 1, 0.1, 2_000);
  private readonly controls: OrbitControls;
  private flight: Flight | null = null;
  private moved = false;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly points: readonly Vector3[],
    private readonly still: boolean,
    private readonly changed: () => void,
  ) {
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.enableDamping = !still;
    this.controls.maxPolarAngle = 1.5;
    this.controls.minDistance = 2;
    this.controls.addEventListener("change", changed);
    this.controls.addEventListener("start", this.taken);
    canvas.addEventListener("keydown", this.key);
    // It takes keys, so it is reached with them, and says so.
    canvas.tabIndex = 0;
    canvas.removeAttribute("aria-hidden");
    canvas.setAttribute("role", "img");
    canvas.setAttribute(
      "aria-label",
      "The system in three dimensions. Arrow keys turn it, + and - zoom, Home shows all.",
    );
  }

  resize(width: number, height: number): void {
    this.camera.aspect = width / Math.max(1, height);
    this.camera.updateProjectionMatrix();
    // Who has looked around keeps what they see.
    if (!this.moved) this.fly(null, true);
  }

  /** How large a CSS pixel of a view this high is, one unit away. */
  pixel(height: number): number {
    return (2 * Math.tan((FIELD * Math.PI) / 360)) / Math.max(1, height);
  }

  /** Before each frame; asks for another while something still moves. */
  step(now: number): void {
    if (this.flight) {
      const { since, from, to, fromTarget, toTarget } = this.flight;
      const part = Math.min(1, (now - since) / FLIGHT_MS);
      const eased = 1 - (1 - part) ** 3;
      this.camera.position.lerpVectors(from, to, eased);
      this.controls.target.lerpVectors(fromTarget, toTarget, eased);
      if (part >= 1) this.flight = null;
      else this.changed();
    }
    this.controls.update();
    this.camera.updateMatrixWorld();
  }

  /** To a place, or with null to where all is seen; `atOnce` without a flight. */
  fly(place: Vector3 | null, atOnce = this.still): void {
    const whole = this.whole();
    const toTarget = place ?? whole.target;
    const near = Math.min(whole.distance, Math.max(9, whole.distance * 0.3));
    const away = this.camera.position.clone().sub(this.controls.target);
    const to = place ? away.setLength(near).add(toTarget) : whole.position;
    this.controls.maxDistance = whole.distance * 2.5;
    this.camera.far = whole.distance * 8;
    this.camera.near = Math.max(0.1, whole.distance / 400);
    this.camera.updateProjectionMatrix();
    this.moved = place !== null;
    if (atOnce) {
      this.flight = null;
      this.camera.position.copy(to);
      this.controls.target.copy(toTarget);
    } else {
      const [from, fromTarget] = [this.camera.position.clone(), this.controls.target.clone()];
      this.flight = { since: performance.now(), from, to, fromTarget, toTarget: toTarget.clone() };
    }
    this.changed();
  }

  dispose(): void {
    this.canvas.removeEventListener("keydown", this.key);
    this.controls.removeEventListener("start", this.taken);
    this.controls.removeEventListener("change", this.changed);
    this.controls.dispose();
  }

  /** From the side from which all is seen largest. */
  private whole(): { position: Vector3; target: Vector3; distance: number } {
    const views = SIDES.map((side) => {
      const from = new Vector3().setFromSpherical(new Spherical(1, POLAR, side));
      return { from, ...fitting(this.points, from, this.camera.aspect) };
    });
    const best = views.reduce((one, other) => (other.distance < one.distance * 0.97 ? other : one));
    const { middle: target, distance } = best;
    return { target, distance, position: best.from.multiplyScalar(distance).add(target) };
  }

  private readonly taken = () => {
    this.moved = true;
    this.flight = null;
  };

  private readonly key = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { controls } = this;
    const pan = event.shiftKey;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => (pan ? controls.pan(40, 0) : controls.rotateLeft(-STEP)),
      ArrowRight: () => (pan ? controls.pan(-40, 0) : controls.rotateLeft(STEP)),
      ArrowUp: () => (pan ? controls.pan(0, 40) : controls.rotateUp(STEP)),
      ArrowDown: () => (pan ? controls.pan(0, -40) : controls.rotateUp(-STEP)),
      "+": () => controls.dollyIn(0.88),
      "=": () => controls.dollyIn(0.88),
      "-": () => controls.dollyOut(0.88),
      Home: () => this.fly(null),
      "0": () => this.fly(null),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    // Outside of the picture the same keys go through time.
    event.stopPropagation();
    if (event.key !== "Home" && event.key !== "0") this.taken();
    move();
    this.changed();
  };
}
