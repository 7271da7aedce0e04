// Pictures that the node sends inside its answers, as data URLs. The page's
// policy lets images come from the node and from the page's memory only, so
// each is laid into memory once and shown from there.

const FORM = /^data:(image\/(?:png|jpeg|webp|gif));base64,([A-Za-z0-9+/]+={0,2})$/;
const KEPT = 300;

const shown = new Map<string, string>();

// pictureUrl gives the address that shows a picture, or undefined when the
// text is not one.
export function pictureUrl(data: string | undefined): string | undefined {
  if (!data) return undefined;
  const known = shown.get(data);
  if (known !== undefined) return known;
  const blob = pictureBlob(data);
  if (!blob) return undefined;
  const url = URL.createObjectURL(blob);
  shown.set(data, url);
  const [oldest] = shown;
  if (shown.size > KEPT && oldest) {
    URL.revokeObjectURL(oldest[1]);
    shown.delete(oldest[0]);
  }
  return url;
}

export function pictureBlob(data: string): Blob | undefined {
  const [, type, body] = FORM.exec(data) ?? [];
  if (type === undefined || body === undefined) return undefined;
  try {
    return new Blob([Uint8Array.from(atob(body), (character) => character.charCodeAt(0))], { type });
  } catch {
    return undefined;
  }
}
