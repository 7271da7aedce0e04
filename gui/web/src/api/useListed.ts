// Reads a list page by page for a screen that is not part of the live state.
import { useCallback, useEffect, useRef, useState } from "react";

export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly next?: string | undefined; // there is more
  readonly status: "loading" | "ready" | "error";
}

type Page<Item> = { readonly items: readonly Item[]; readonly next?: string | undefined };

// useListed reads the first page at once and whenever `changes` is another value; load reads it again, or the page that a next
// names. What is there stays while it is read.
export function useListed<Item>(read: (before?: string) => Promise<Page<Item>>, changes?: unknown): [Listed<Item>, (before?: string) => void] {
  const [list, setList] = useState<Listed<Item>>({ items: [], status: "loading" });
  const latest = useRef(read);
  latest.current = read;
  const load = useCallback((before?: string) => {
    setList((now) => ({ ...now, status: "loading" }));
    latest.current(before).then(
      (page) => setList((now) => ({ items: before === undefined ? page.items : [...now.items, ...page.items], next: page.next, status: "ready" })),
      () => setList((now) => ({ ...now, status: "error" })),
    );
  }, []);
  useEffect(() => load(), [load, changes]);
  return [list, load];
}
