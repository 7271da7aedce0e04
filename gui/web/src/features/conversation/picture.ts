// Makes a group's picture of a file: square, and small enough to travel
// inside the group. All of it happens in the browser.

export const LARGEST = 32 * 1024; // bytes, as the node takes them
const SIZES = [320, 256, 192, 128, 96]; // pixels
const QUALITIES = [0.85, 0.7, 0.5];

export interface Square {
  readonly from: { readonly x: number; readonly y: number; readonly size: number };
  readonly size: number;
}

// squareOf takes the middle of a picture, never larger than it is.
export function squareOf(width: number, height: number, size: number): Square {
  const side = Math.min(width, height);
  return { from: { x: (width - side) / 2, y: (height - side) / 2, size: side }, size: Math.min(size, side) };
}

// attempts lists what to try, the best first.
export function attempts(): readonly { size: number; quality: number }[] {
  return SIZES.flatMap((size) => QUALITIES.map((quality) => ({ size, quality })));
}

// makePicture gives a data URL, or undefined when the file is no picture that
// the browser can read.
export async function makePicture(file: Blob): Promise<string | undefined> {
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (!bitmap) return undefined;
  try {
    for (const { size, quality } of attempts()) {
      const made = await draw(bitmap, squareOf(bitmap.width, bitmap.height, size), quality);
      if (made && made.size <= LARGEST) return await asDataUrl(made);
    }
    return undefined;
  } finally {
    bitmap.close();
  }
}

// A browser that cannot write WebP writes PNG instead, which knows no
// quality; a photograph is then tried as JPEG.
async function draw(bitmap: ImageBitmap, { from, size }: Square, quality: number): Promise<Blob | undefined> {
  const canvas = document.createElement("canvas");
  canvas.width = size;
  canvas.height = size;
  const pen = canvas.getContext("2d");
  if (!pen) return undefined;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, from.x, from.y, from.size, from.size, 0, 0, size, size);
  const webp = await encode(canvas, "image/webp", quality);
  return webp?.type === "image/webp" ? webp : encode(canvas, "image/jpeg", quality);
}

function encode(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob | undefined> {
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), type, quality));
}

function asDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error("the picture cannot be read"));
    reader.readAsDataURL(blob);
  });
}
