import { Pencil, Reply, X } from "lucide-react";
import type { ReactNode } from "react";
import { plain } from "~/kit/markup/plain.ts";
import { IconButton } from "~/kit/primitives/Button.tsx";
import type { ReplyTo } from "~/stream/model.ts";
import { useStore } from "~/stream/store.ts";
import { t } from "../text.ts";

interface BarProps {
  icon: ReactNode;
  title: string;
  text: string;
  cancel: string;
  onCancel(): void;
}

// Bar stands above the composer and says which message what is written there
// is about.
function Bar({ icon, title, text, cancel, onCancel }: BarProps) {
  return (
    <div className="composer-bar">
      {icon}
      <div>
        <p className="composer-bar-title">{title}</p>
        <p className="composer-bar-text" dir="auto">
          {text}
        </p>
      </div>
      <IconButton label={cancel} icon={<X />} onClick={onCancel} />
    </div>
  );
}

export function EditBar({ text, onCancel }: { text: string; onCancel(): void }) {
  const icon = <Pencil aria-hidden="true" />;
  return <Bar icon={icon} title={t("composer.editing")} text={plain(text)} cancel={t("composer.edit.cancel")} onCancel={onCancel} />;
}

export function ReplyBar({ reply, name, onCancel }: { reply: ReplyTo; name: string; onCancel(): void }) {
  const mine = useStore((state) => state.me?.acct) === reply.author;
  const title = mine ? t("composer.reply.self") : t("composer.reply", { name: reply.author_name ?? name });
  const icon = <Reply className="mirrored" aria-hidden="true" />;
  return <Bar icon={icon} title={title} text={reply.text} cancel={t("composer.reply.cancel")} onCancel={onCancel} />;
}
