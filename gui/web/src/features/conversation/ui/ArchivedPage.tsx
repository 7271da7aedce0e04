import { Archive, ArrowLeft } from "lucide-react";
import { Link } from "wouter";
import { PaneTitle } from "~/kit/primitives/PaneTitle.tsx";
import { Empty } from "~/kit/primitives/Card.tsx";
import { archived } from "~/stream/selectors.ts";
import { useStore } from "~/stream/store.ts";
import { t } from "../text.ts";
import { Rows } from "./ConversationList.tsx";

// ArchivedPage lists what was put away and did not come back.
export default function ArchivedPage() {
  const all = useStore(archived);
  return (
    <main id="main" className="pane archived" data-region="" tabIndex={-1}>
      <header className="list-head">
        <Link href="/" className="icon-button" aria-label={t("back")} title={t("back")}>
          <ArrowLeft className="mirrored" aria-hidden="true" />
        </Link>
        <PaneTitle>{t("archived.title")}</PaneTitle>
      </header>
      {all.length === 0 ? (
        <Empty icon={<Archive />} title={t("archived.empty.title")}>
          {t("archived.empty.text")}
        </Empty>
      ) : (
        <Rows shown={all} open={undefined} label={t("archived.title")} />
      )}
    </main>
  );
}
