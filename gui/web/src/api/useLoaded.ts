// Reads something once for a screen that is not part of the live state, with
// the three ways it can look: not here yet, here, or failed.
import { useCallback, useEffect, useState } from "react";
import { asApiError, type ApiError } from "./errors.ts";

export interface Loaded<Data> {
  data: Data | undefined;
  error: ApiError | undefined;
  reload(): void;
}

// useLoaded calls read at once, after reload, and every `again` milliseconds
// while the page is visible. The data stays while it is read anew.
export function useLoaded<Data>(read: () => Promise<Data>, again?: number): Loaded<Data> {
  const [result, setResult] = useState<{ data?: Data; error?: ApiError }>({});
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    let gone = false;
    read().then(
      (data) => gone || setResult({ data }),
      (cause: unknown) => gone || setResult((before) => ({ ...before, error: asApiError(cause) })),
    );
    return () => {
      gone = true;
    };
  }, [read, round]);
  useEffect(() => {
    if (again === undefined) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") reload();
    }, again);
    return () => clearInterval(timer);
  }, [again, reload]);
  return { data: result.data, error: result.error, reload };
}
