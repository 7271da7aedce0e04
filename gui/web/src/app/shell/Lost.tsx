import { Compass } from "lucide-react";
import { Link } from "wouter";
import { Empty } from "~/kit/primitives/Card.tsx";
import { t } from "../text.ts";

export function Lost() {
  return (
    <main id="main" className="pane" data-region="" tabIndex={-1}>
      <Empty icon={<Compass />} level={1} title={t("lost.title")}
        action={
          <Link href="/" className="button button-soft">
            {t("lost.home")}
          </Link>
        }>
        {t("lost.text")}
      </Empty>
    </main>
  );
}
