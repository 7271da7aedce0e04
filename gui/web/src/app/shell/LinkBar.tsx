import { useEffect, useState } from "react";
import { useStore } from "~/stream/store.ts";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { t } from "../text.ts";
import "./linkbar.css";

const PATIENCE = 2000;

// LinkBar floats over the top edge, so that nothing moves when the connection
// comes and goes. Short gaps are not worth a word.
export function LinkBar() {
  const broken = useStore((state) => state.link === "lost" || !state.answering);
  const silent = useStore((state) => !state.answering);
  const full = useStore((state) => state.full);
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!broken) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [broken]);
  return (
    <div className="linkbar" role="status">
      {broken && late && (
        <p>
          <Spinner />
          {silent ? t("bar.silent") : t("bar.reconnecting")}
        </p>
      )}
      {!(broken && late) && full && <p className="linkbar-full">{t(`bar.${full}`)}</p>}
    </div>
  );
}
