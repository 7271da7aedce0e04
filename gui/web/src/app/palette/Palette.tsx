import { useId, useMemo, useState, type KeyboardEvent } from "react";
import { useLocation, useRoute } from "wouter";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { contactsByName, conversationsByTime } from "~/stream/selectors.ts";
import { getState, useStore } from "~/stream/store.ts";
import { settingsPages } from "../settings/SettingsPages.tsx";
import { t } from "../text.ts";
import { actions } from "./actions.ts";
import { search, type Target } from "./search.ts";
import "./sheet.css";

const MOST = 12;

// Palette jumps to a person or page by a few letters of the name.
export function Palette({ onClose, onSheet }: { onClose(): void; onSheet(): void }) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const [, go] = useLocation();
  const targets = useTargets(go, onSheet);
  const found = useMemo(() => search(targets, typed).slice(0, MOST), [targets, typed]);
  const open = (target: Target | undefined) => {
    if (!target) return;
    onClose();
    if (target.run) target.run();
    else go(target.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setChosen((found.length + chosen + step) % Math.max(1, found.length));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      open(found[chosen]);
    }
  };
  return (
    <Dialog title={t("palette.title")} closeLabel={t("close")} onClose={onClose} className="palette">
      <input className="palette-input" role="combobox" aria-expanded="true" aria-controls={id} aria-label={t("palette.label")}
        aria-activedescendant={found[chosen] ? `${id}-${chosen}` : undefined} placeholder={t("palette.label")} autoFocus
        autoComplete="off" value={typed} onKeyDown={onKeyDown}
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(0);
        }} />
      <ul id={id} role="listbox" aria-label={t("palette.title")} className="palette-list">
        {found.map((target, index) => (
          <li key={target.to} id={`${id}-${index}`} role="option" aria-selected={index === chosen}
            onClick={() => open(target)}>
            {target.seed ? <Avatar name={target.name} seed={target.seed} size="small" shape={target.group ? "square" : "round"} picture={target.group?.picture} /> : null}
            <bdi>{target.name}</bdi>
            <span className="muted small">{t(target.run ? "palette.command" : target.group ? "palette.group" : target.seed ? "palette.chat" : "palette.page")}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="muted">{t("palette.none")}</p>}
    </Dialog>
  );
}

function useTargets(go: (to: string) => void, onSheet: () => void): readonly Target[] {
  const [, params] = useRoute("/c/:id");
  const open = useStore((state) => (params ? state.conversations[params.id ?? ""] : undefined));
  const chats = useStore(conversationsByTime);
  const contacts = useStore(contactsByName);
  const owner = useStore((state) => state.me?.owner === true);
  return useMemo(() => {
    const inChats = new Set(chats.map((chat) => chat.with));
    const pages = settingsPages().map((one) => ({ to: `/settings/${one.id}`, name: one.label() }));
    const admin = (["node", "accounts", "invites"] as const).map((one) => ({
      to: `/admin/${one}`,
      name: `${t("admin.title")}: ${t(`admin.${one}`)}`,
    }));
    return [
      ...chats.map((chat) => ({ to: `/c/${chat.id}`, name: chat.name, seed: chat.with ?? chat.id, group: chat.group })),
      ...contacts
        .filter((contact) => !inChats.has(contact.acct))
        .map((contact) => ({ to: `/contacts/${contact.acct}`, name: contact.name, seed: contact.acct })),
      { to: "/contacts/add", name: t("keys.add") },
      { to: "/new/group", name: t("new.group") },
      { to: "/new/channel", name: t("new.channel") },
      { to: "/groups", name: t("groups.title") },
      { to: "command:keys", name: t("keys.title"), run: onSheet },
      ...actions(getState(), open, go),
      ...pages,
      ...(owner ? admin : []),
    ];
  }, [chats, contacts, owner, open, go, onSheet]);
}
