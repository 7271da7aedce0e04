import { MessageCircle, UserMinus } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import type { Conversation, Group, Member, Role } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Options } from "~/kit/primitives/Options.tsx";
import { useStore } from "~/stream/store.ts";
import { remove, setRole } from "../commands.ts";
import { closedRole, mayRemove, rolesFor } from "../powers.ts";
import { problemText, t } from "../text.ts";

interface MemberDialogProps {
  conversation: Conversation;
  group: Group;
  member: Member;
  mine: string | undefined;
  onClose(): void;
}

// MemberDialog is one person of a group: who it is and what one may do.
export function MemberDialog({ conversation, group, member, mine, onClose }: MemberDialogProps) {
  const [, go] = useLocation();
  const contact = useStore((state) => state.contacts[member.account]);
  const [removing, setRemoving] = useState(false);
  const [busy, setBusy] = useState(false);
  const [chosen, setChosen] = useState<Role>(); // until the node has answered
  const [problem, setProblem] = useState<string>();
  const { name, account } = member;
  const run = async (work: Promise<void>, done: string, close: boolean) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work;
      toast(done);
      if (close) onClose();
    } catch (cause) {
      setProblem(problemText(cause));
    } finally {
      setBusy(false);
      setChosen(undefined);
    }
  };
  if (removing) {
    return (
      <Dialog key="remove" title={t("remove.sure", { name })} closeLabel={t("close")} onClose={() => setRemoving(false)}>
        <p>{t("remove.text")}</p>
        {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
        <div className="card-actions">
          <Button look="danger" busy={busy} onClick={() => void run(remove(conversation.id, member), t("removed", { name }), true)}>
            {t("remove.go")}
          </Button>
          <Button onClick={() => setRemoving(false)}>{t("cancel")}</Button>
        </div>
      </Dialog>
    );
  }
  const roles = rolesFor(group, member, mine);
  const closed = closedRole(group, member, mine);
  const chat = contact?.state === "accepted" ? contact.conversation : undefined;
  const removable = mayRemove(group, member, mine);
  return (
    <Dialog key="member" title={name} closeLabel={t("close")} onClose={onClose}>
      <div className="member-card">
        <Avatar name={name} seed={account} size="large" />
        <div>
          <p className="member-name">{t(`role.${member.role}`)}</p>
          <p className="muted small">{account === mine ? t("you") : t(member.local ? "member.here" : member.connected ? "member.on" : "member.off")}</p>
        </div>
      </div>
      {roles.length > 0 && (
        <Options<Role> label={t("role.title")} value={chosen ?? member.role}
          options={roles.map((role) => ({ value: role, label: t(`role.${role}`), ...(role === "owner" ? {} : { about: t(`role.${role}.about`) }) }))}
          onChange={(role) => {
            setChosen(role);
            void run(setRole(conversation.id, account, role), t("role.set", { name, role }), false);
          }} />
      )}
      {closed !== undefined && <p className="muted small">{t(closed === "closed" ? "role.closed" : `role.closed.${closed}`)}</p>}
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      {(chat !== undefined || removable) && (
        <div className="card-actions">
          {chat !== undefined && (
            <Button icon={<MessageCircle />}
              onClick={() => {
                onClose();
                go(`/c/${chat}`);
              }}>
              {t("message")}
            </Button>
          )}
          {removable && (
            <Button icon={<UserMinus />} className="member-remove" onClick={() => setRemoving(true)}>
              {t("remove")}
            </Button>
          )}
        </div>
      )}
    </Dialog>
  );
}
