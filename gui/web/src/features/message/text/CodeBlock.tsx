import { ChevronDown, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { say } from "~/kit/a11y/live.tsx";
import { IconButton } from "~/kit/primitives/Button.tsx";
import { coloured, type Piece } from "./colour.ts";
import { FOLDED_CODE } from "./parsed.ts";
import { t } from "../text.ts";

// CodeBlock shows code as it is, coloured where its language is known, with
// a button that copies all of it. Long code is folded.
export function CodeBlock({ code, lang }: { code: string; lang: string }) {
  const [open, setOpen] = useState(false);
  const pieces = useColours(code, lang);
  const lines = code.split("\n").length;
  const folded = lines > FOLDED_CODE && !open;
  const shown = folded ? code.split("\n", FOLDED_CODE).join("\n") : code;
  return (
    <figure className="codeblock" dir="ltr" aria-label={lang === "" ? t("code") : t("code.in", { lang })}>
      <div className="code-head">
        <span className="code-lang">{lang}</span>
        <IconButton label={t("code.copy")} icon={<Copy />} tabIndex={-1}
          onClick={() => void navigator.clipboard.writeText(code).then(() => say(t("code.copied")))} />
      </div>
      <pre>
        <code>{pieces ? cut(pieces, shown.length).map(({ text, look }, index) => (look === "" ? text : <span key={index} className={`code-${look}`}>{text}</span>)) : shown}</code>
      </pre>
      {lines > FOLDED_CODE && (
        <button type="button" className="text-more" tabIndex={-1} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t("text.less") : t("code.more", { count: lines })}
          <ChevronDown aria-hidden="true" />
        </button>
      )}
    </figure>
  );
}

function useColours(code: string, lang: string): readonly Piece[] | undefined {
  const [found, setFound] = useState<{ code: string; pieces: readonly Piece[] }>();
  useEffect(() => {
    if (lang === "") return;
    let gone = false;
    void coloured(code, lang).then((pieces) => gone || (pieces && setFound({ code, pieces })));
    return () => {
      gone = true;
    };
  }, [code, lang]);
  return found?.code === code ? found.pieces : undefined;
}

// cut leaves the pieces of the first so many characters.
function cut(pieces: readonly Piece[], length: number): readonly Piece[] {
  let left = length;
  const out: Piece[] = [];
  for (const { text, look } of pieces) {
    if (left <= 0) break;
    out.push({ text: text.slice(0, left), look });
    left -= text.length;
  }
  return out;
}
