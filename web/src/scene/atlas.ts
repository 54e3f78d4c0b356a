/** One texture for all that is flat: icons, names, digits and signs. Drawn by the browser's own text, so any script is right. */

import { CanvasTexture, LinearFilter, NoColorSpace } from "three";
import type { Look } from "./look";

/** A part of the atlas: where it is (0 to 1), and its size in CSS pixels. */
export type Piece = { u: number; v: number; du: number; dv: number; width: number; height: number };

const WIDTH = 2_048;
const MOST_HEIGHT = 4_096;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif';
const ICON = 56;
const PAD = 7;
const LONGEST = 17;

/** A name in at most two lines, broken where its words end. */
export function linesOf(name: string): string[] {
  if (name.length <= LONGEST) return [name];
  const breaks = [...name.matchAll(/[_\-\s](?=\S)/g)].map((each) => each.index + 1);
  const middle = name.length / 2;
  const best = breaks.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];
  const lines = best === undefined ? [name] : [name.slice(0, best).trimEnd(), name.slice(best)];
  return lines.map((each) => (each.length > 30 ? `${each.slice(0, 29)}…` : each));
}

export class Atlas {
  readonly texture: CanvasTexture;
  private readonly pen: CanvasRenderingContext2D;
  private readonly pieces = new Map<string, Piece>();
  private x = 0;
  private y = 0;
  private row = 0;

  constructor(
    private readonly look: Look,
    private readonly ratio: number,
    private readonly font: number,
    names: readonly string[],
    icons: ReadonlyMap<string, HTMLImageElement>,
  ) {
    const canvas = document.createElement("canvas");
    canvas.width = WIDTH;
    canvas.height = MOST_HEIGHT;
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("this browser draws no text");
    this.pen = pen;
    for (const [url, image] of icons) this.icon(url, image);
    for (const name of names) {
      this.name(`name ${name}`, name, false);
      this.name(`active ${name}`, name, true);
    }
    for (const digit of "0123456789,k") this.text(`digit ${digit}`, digit, look.ink, `650 13px ${FONT}`);
    this.sign("failed", "!", look.bad);
    this.sign("retry", "↻", look.warn);
    this.texture = new CanvasTexture(canvas);
    this.texture.colorSpace = NoColorSpace;
    this.texture.minFilter = LinearFilter;
    this.texture.generateMipmaps = false;
    this.texture.premultiplyAlpha = true;
  }

  piece(key: string): Piece | undefined {
    return this.pieces.get(key);
  }

  dispose(): void {
    this.texture.dispose();
  }

  /** Room for one more; undefined where the atlas is full, and what was to be there is left out. */
  private place(key: string, width: number, height: number): { x: number; y: number } | undefined {
    const [wide, high] = [Math.ceil(width * this.ratio) + 2, Math.ceil(height * this.ratio) + 2];
    if (this.x + wide > WIDTH) {
      this.x = 0;
      this.y += this.row;
      this.row = 0;
    }
    if (this.y + high > MOST_HEIGHT || wide > WIDTH) return undefined;
    const [x, y] = [this.x + 1, this.y + 1];
    this.x += wide;
    this.row = Math.max(this.row, high);
    const [du, dv] = [(width * this.ratio) / WIDTH, (height * this.ratio) / MOST_HEIGHT];
    this.pieces.set(key, { u: x / WIDTH, v: 1 - y / MOST_HEIGHT - dv, du, dv, width, height });
    this.pen.setTransform(this.ratio, 0, 0, this.ratio, x, y);
    return { x, y };
  }

  /** An icon, as it is, on a white plate: the set is made for a light ground. */
  private icon(url: string, image: HTMLImageElement): void {
    if (!this.place(`icon ${url}`, ICON, ICON)) return;
    this.pen.fillStyle = "#ffffff";
    this.pen.fillRect(0, 0, ICON, ICON);
    this.pen.drawImage(image, 0, 0, ICON, ICON);
  }

  private name(key: string, name: string, active: boolean): void {
    const lines = linesOf(name);
    const high = Math.round(this.font * 1.2);
    this.pen.font = `600 ${this.font}px ${FONT}`;
    const width = Math.ceil(Math.max(...lines.map((each) => this.pen.measureText(each).width))) + PAD * 2;
    const height = lines.length * high + 6;
    if (!this.place(key, width, height)) return;
    this.pen.beginPath();
    this.pen.roundRect(0.5, 0.5, width - 1, height - 1, 7);
    this.pen.globalAlpha = active ? 1 : 0.86;
    this.pen.fillStyle = active ? this.look.accent : this.look.card;
    this.pen.fill();
    this.pen.globalAlpha = 1;
    this.pen.lineWidth = 1;
    this.pen.strokeStyle = active ? this.look.accent : this.look.line;
    this.pen.stroke();
    this.pen.fillStyle = active ? this.look.card : this.look.ink;
    this.pen.textAlign = "center";
    this.pen.textBaseline = "middle";
    lines.forEach((line, index) => {
      this.pen.fillText(line, width / 2, 3.5 + high * (index + 0.5));
    });
  }

  private text(key: string, text: string, colour: string, font: string): void {
    this.pen.font = font;
    const width = Math.ceil(this.pen.measureText(text).width);
    if (!this.place(key, width, 18)) return;
    this.pen.textAlign = "center";
    this.pen.textBaseline = "middle";
    this.pen.lineWidth = 4;
    this.pen.lineJoin = "round";
    this.pen.strokeStyle = this.look.ground;
    this.pen.strokeText(text, width / 2, 9);
    this.pen.fillStyle = colour;
    this.pen.fillText(text, width / 2, 9);
  }

  private sign(key: string, sign: string, colour: string): void {
    if (!this.place(`sign ${key}`, 22, 22)) return;
    this.pen.beginPath();
    this.pen.arc(11, 11, 9.5, 0, Math.PI * 2);
    this.pen.fillStyle = colour;
    this.pen.fill();
    this.pen.lineWidth = 2;
    this.pen.strokeStyle = this.look.card;
    this.pen.stroke();
    this.pen.fillStyle = this.look.card;
    this.pen.font = `800 14px ${FONT}`;
    this.pen.textAlign = "center";
    this.pen.textBaseline = "middle";
    this.pen.fillText(sign, 11, 11.8);
  }
}
