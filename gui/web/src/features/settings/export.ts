// Reads the export of the account, which may be large: it goes into a file of the browser piece by piece.
const PATH = "/api/v1/me/export";
const END = '"complete":true}';

// readExport gives the whole document, or fails where it was cut short.
export async function readExport(signal: AbortSignal, progress: (bytes: number) => void): Promise<Blob> {
  const answer = await fetch(PATH, { signal, cache: "no-store" });
  if (!answer.ok || !answer.body) throw new Error("refused");
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const reader = answer.body.getReader();
  let bytes = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    pieces.push(piece.value);
    bytes += piece.value.byteLength;
    progress(bytes);
  }
  const file = new Blob(pieces, { type: "application/json" });
  if ((await file.slice(-END.length).text()) !== END) throw new Error("cut short");
  return file;
}
