// Makes pictures small enough to travel inside a message. They are drawn anew in the browser, which leaves out what else a file
// tells: where and when it was taken, and by whom.
export const LARGEST = 32 * 1024; // bytes, as nodes take them

export interface Step {
  readonly side: number; // the longest, in pixels
  readonly quality: number;
}

export interface Drawn {
  readonly data: string; // a data URL
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly redrawn: boolean; // false: the file as it is
}

// fitting gives the size of a picture whose longest side is at most so long; it never grows.
export function fitting(width: number, height: number, side: number): { width: number; height: number } {
  const by = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
}

// shrink tries the steps in their order and gives the first picture that fits. An animation that fits already stays as it is:
// drawn anew it would stand still. It gives undefined for what is no picture, and "large" where no step is enough.
export async function shrink(file: Blob, steps: readonly Step[]): Promise<Drawn | "large" | undefined> {
  if (!file.type.startsWith("image/")) return undefined;
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (!bitmap) return undefined;
  try {
    const largest = steps[0]?.side ?? 0;
    if (file.type === "image/gif" && file.size <= LARGEST && Math.max(bitmap.width, bitmap.height) <= largest) {
      return { data: await asDataUrl(file), type: file.type, width: bitmap.width, height: bitmap.height, bytes: file.size, redrawn: false };
    }
    for (const { side, quality } of steps) {
      const size = fitting(bitmap.width, bitmap.height, side);
      const made = await draw(bitmap, size, quality);
      if (made && made.size <= LARGEST) return { data: await asDataUrl(made), type: made.type, ...size, bytes: made.size, redrawn: true };
    }
    return "large";
  } finally {
    bitmap.close();
  }
}

// A browser that cannot write WebP writes PNG instead, which knows no quality; then it is a JPEG on white.
async function draw(bitmap: ImageBitmap, { width, height }: { width: number; height: number }, quality: number): Promise<Blob | undefined> {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  if (!pen) return undefined;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, width, height);
  const webp = await encode(canvas, "image/webp", quality);
  if (webp?.type === "image/webp" || (webp && webp.size <= LARGEST)) return webp;
  pen.globalCompositeOperation = "destination-over";
  pen.fillStyle = "white";
  pen.fillRect(0, 0, width, height);
  return encode(canvas, "image/jpeg", quality);
}

function encode(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob | undefined> {
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), type, quality));
}

export function asDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error("the picture cannot be read"));
    reader.readAsDataURL(blob);
  });
}
