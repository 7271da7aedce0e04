import { ChevronDown } from "lucide-react";
import type { Conversation } from "~/api/types.ts";
import { t } from "../text.ts";
import { Face } from "./Face.tsx";
import "./panel.css";

// GroupAbout is the head of the info panel: face, name, kind, what it is about.
export function GroupAbout({ conversation }: { conversation: Conversation }) {
  const { name, kind, group } = conversation;
  if (!group || kind === "direct") return null;
  return (
    <section className="group-about">
      <Face conversation={conversation} size="large" />
      <div>
        <p className="group-about-name">
          <bdi>{name}</bdi>
        </p>
        <p className="muted small">
          {t(`kind.${kind}`, { visibility: group.visibility })} · {t("members", { count: group.members })}
        </p>
      </div>
      {group.description !== "" && (
        <p className="group-about-text" dir="auto">
          {group.description}
        </p>
      )}
      {group.rules !== "" && (
        <details className="group-rules">
          <summary>
            {t("about.rules")}
            <ChevronDown aria-hidden="true" />
          </summary>
          <p className="group-about-text" dir="auto">
            {group.rules}
          </p>
        </details>
      )}
    </section>
  );
}
