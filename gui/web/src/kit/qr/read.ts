// Reads a code from a picture or the camera: with the browser's own reader
// where there is one, else with a reader that is loaded only now.

interface Detector {
  detect(source: ImageBitmapSource): Promise<{ rawValue: string }[]>;
}

declare global {
  interface Window {
    BarcodeDetector?: {
      new (options: { formats: string[] }): Detector;
      getSupportedFormats(): Promise<string[]>;
    };
  }
}

export type Reader = (source: HTMLVideoElement | ImageBitmap) => Promise<string | undefined>;

export async function makeReader(): Promise<Reader> {
  const Native = window.BarcodeDetector;
  if (Native && (await Native.getSupportedFormats().catch((): string[] => [])).includes("qr_code")) {
    const detector = new Native({ formats: ["qr_code"] });
    return async (source) => (await detector.detect(source).catch(() => []))[0]?.rawValue;
  }
  const { default: decodeQR } = await import("qr/decode.js");
  return async (source) => {
    try {
      return decodeQR(pixels(source));
    } catch {
      return undefined; // it throws whenever a picture holds no code
    }
  };
}

// readPicture looks for a code in a picture file.
export async function readPicture(file: Blob): Promise<string | undefined> {
  const picture = await createImageBitmap(file);
  try {
    return await (await makeReader())(picture);
  } finally {
    picture.close();
  }
}

const LARGEST = 1000;

function pixels(source: HTMLVideoElement | ImageBitmap): ImageData {
  const wide = source instanceof HTMLVideoElement ? source.videoWidth : source.width;
  const high = source instanceof HTMLVideoElement ? source.videoHeight : source.height;
  const scale = Math.min(1, LARGEST / Math.max(wide, high, 1));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(wide * scale));
  canvas.height = Math.max(1, Math.round(high * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("the browser gives no canvas");
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
