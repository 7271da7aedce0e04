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
    </div>
  );
}

// FullBar says that the node keeps nothing new. That lasts: it stands over the page as a line of it and covers nothing.
export function FullBar() {
  const full = useStore((state) => state.full);
  return <div className="fullbar" role="status">{full && <p>{t(`bar.${full}`)}</p>}</div>;
}
