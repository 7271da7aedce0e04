import { lazy, Suspense, useState, type ReactNode } from "react";
import type { Conversation } from "~/api/types.ts";
import { silence } from "~/features/conversation/rights.ts";
import { Button } from "~/kit/primitives/Button.tsx";
import { t } from "../text.ts";

const Sure = lazy(async () => ({ default: (await import("~/features/conversation/ui/DangerZone.tsx")).Sure }));

// GroupFoot is the composer, or in its place the reason why there is none.
export function GroupFoot({ conversation, composer }: { conversation: Conversation; composer: ReactNode }) {
  const [asking, setAsking] = useState(false);
  const quiet = silence(conversation);
  if (!quiet) return composer;
  const { name } = conversation;
  if (quiet.why === "role" || quiet.why === "joining") {
    return (
      <p className="chat-strip" role="status">
        {quiet.why === "role" ? t("group.silent.role", { role: t(`roles.${quiet.lowest}`) }) : t("group.silent.joining")}
      </p>
    );
  }
  return (
    <div className="chat-strip chat-strip-over">
      <span role="status">{t(`group.silent.${quiet.why}`, { name })}</span>
      <Button look="plain" onClick={() => setAsking(true)}>
        {t("group.drop")}
      </Button>
      <Suspense>{asking && <Sure asked="drop" conversation={conversation} onClose={() => setAsking(false)} />}</Suspense>
    </div>
  );
}
