// Pictures that the node serves by themselves. They are kept in the page's memory only, never in the browser's cache: what was
// read ends with the page.
import { useEffect, useState } from "react";

const KEPT = 200;
const shown = new Map<string, Promise<string>>();
const ready = new Map<string, string>();

// pictureAt gives the address in memory of what the node serves at a path.
export function pictureAt(path: string): Promise<string> {
  const known = shown.get(path);
  if (known) return known;
  const loading = load(path);
  shown.set(path, loading);
  loading.then(
    (url) => ready.set(path, url),
    () => shown.delete(path),
  );
  const [oldest] = shown.keys();
  if (shown.size > KEPT && oldest !== undefined) {
    shown.delete(oldest);
    const url = ready.get(oldest);
    ready.delete(oldest);
    if (url !== undefined) setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
  return loading;
}

async function load(path: string): Promise<string> {
  const answer = await fetch(path, { credentials: "same-origin", cache: "no-store" });
  if (!answer.ok || !/^image\/(?:png|jpeg|webp|gif)$/.test(answer.headers.get("Content-Type") ?? "")) throw new Error("no picture");
  return URL.createObjectURL(await answer.blob());
}

// useNodePicture follows a path; `failed` where the node gives no picture there, `again` asks once more.
export function useNodePicture(path: string | undefined): { url: string | undefined; failed: boolean; again(): void } {
  const [state, set] = useState<{ path: string | undefined; url?: string; failed?: boolean }>({ path });
  const [tries, setTries] = useState(0);
  const now = state.path === path ? state : { path };
  const known = path === undefined ? undefined : ready.get(path);
  useEffect(() => {
    if (path === undefined || known !== undefined) return;
    let gone = false;
    pictureAt(path).then(
      (url) => gone || set({ path, url }),
      () => gone || set({ path, failed: true }),
    );
    return () => {
      gone = true;
    };
  }, [path, known, tries]);
  return { url: known ?? now.url, failed: now.failed === true, again: () => (set({ path }), setTries(tries + 1)) };
}
