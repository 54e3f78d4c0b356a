/** Pictures before they are sent: drawn for a look at them, made smaller where the server would refuse their size. */

/** What the server takes, and the side that it keeps anyway. */
export const TYPES = ["image/png", "image/jpeg", "image/webp"];
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_PIXELS = 24_000_000;
const KEPT_SIDE = 1_600;

/** What is wrong with a chosen file, in a sentence. */
export class NoPicture extends Error {}

/** The picture of a file, decoded. Throws NoPicture. */
export async function decoded(file: Blob): Promise<ImageBitmap> {
  if (!TYPES.includes(file.type)) throw new NoPicture("Please choose a PNG, JPEG or WebP picture.");
  try {
    return await createImageBitmap(file);
  } catch {
    throw new NoPicture("This file cannot be read as a picture. Please choose another.");
  }
}

/** Draw it into a canvas, at most `most` pixels a side. */
export function draw(picture: ImageBitmap, canvas: HTMLCanvasElement, most: number) {
  const scale = Math.min(1, most / Math.max(picture.width, picture.height));
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
}

/** The file as it is, or, where that is too large, as the smaller JPEG that the server would make of it. */
export async function sendable(file: Blob, picture: ImageBitmap): Promise<Blob> {
  if (file.size <= MOST_BYTES && picture.width * picture.height <= MOST_PIXELS) return file;
  const canvas = document.createElement("canvas");
  draw(picture, canvas, KEPT_SIDE);
  const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
  if (made === null) throw new NoPicture("This picture is too large for this browser. Please choose a smaller one.");
  return made;
}

/** Base64, without what a data: URL begins with. */
export const base64 = (blob: Blob) =>
  new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(new NoPicture("The file could not be read. Please choose it again."));
    reader.readAsDataURL(blob);
  });
