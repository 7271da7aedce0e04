import { CircleCheck, CircleDashed, CircleX, CloudOff } from "lucide-react";
import type { Mailbox } from "~/api/types.ts";
import { Tag } from "~/kit/primitives/Badge.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { hostOf } from "../address.ts";
import { t } from "../text.ts";

const looks = {
  asked: { Icon: CircleDashed, tone: "neutral" },
  keeps: { Icon: CircleCheck, tone: "success" },
  refuses: { Icon: CircleX, tone: "danger" },
  unreachable: { Icon: CloudOff, tone: "warning" },
} as const;

interface MailboxRowProps {
  mailbox: Mailbox;
  first: boolean;
  onRemove(): void;
}

// MailboxRow is one mailbox: where it is, and what it said.
export function MailboxRow({ mailbox, first, onRemove }: MailboxRowProps) {
  const { address, state, reason, default: given } = mailbox;
  const { Icon, tone } = looks[state];
  const host = hostOf(address);
  return (
    <li>
      <Icon className={`mailbox-${tone}`} aria-hidden="true" />
      <div className="mailbox-main">
        <p className="mailbox-title">
          <bdi>{host}</bdi>
          <Tag tone={tone}>{t(`state.${state}`)}</Tag>
          {first && <Tag>{t("first")}</Tag>}
        </p>
        <p className="muted small">{state === "refuses" ? t("about.refuses", { reason: reason || t("about.refuses.plain") }) : t(`about.${state}`)}</p>
        {given && <p className="muted small">{t("default")}</p>}
        <p className="mailbox-address code" title={address}>
          {address}
        </p>
      </div>
      <Button look="plain" aria-label={t("remove.of", { host })} onClick={onRemove}>
        {t("remove")}
      </Button>
    </li>
  );
}
