import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { slots } from "~/slots/slots.ts";
import { t } from "../text.ts";
import "./sheet.css";

const mod = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";

const rows = [
  [`${mod} K`, "keys.palette"],
  [`${mod} Shift K`, "keys.add"],
  ["F6 · Shift F6", "keys.regions"],
  ["Alt ↑ · Alt ↓", "keys.chats"],
  ["Alt Shift ↑ · Alt Shift ↓", "keys.unread"],
  ["↑ ↓ Home End", "keys.list"],
  ["↑", "keys.edit"],
  ["Shift ↑", "keys.newest"],
  ["Enter", "keys.enter"],
  ["Esc", "keys.escape"],
  [`${mod} ,`, "keys.settings"],
  [`? · ${mod} /`, "keys.sheet"],
] as const;

// messageKeys are the keys that work while a message has the focus, with what each does: in the words of a command where the
// action has one. What takes turns at one key, as to pin and to unpin, stands in one line.
export function messageKeys(): { keys: string; does: string }[] {
  const commands = slots("commands");
  const hasCommand = (id: string) => commands.some((one) => one.id === id && one.keys !== undefined);
  const lines = new Map<string, string[]>();
  const add = (keys: string, does: string) => lines.set(keys, [...(lines.get(keys) ?? []), does]);
  for (const one of slots("rowActions")) if (one.key !== undefined && !hasCommand(one.id)) add(shown(one.key), one.label());
  for (const one of commands) if (one.keys !== undefined) add(one.keys.replace("Mod", mod), one.name());
  return [...lines].map(([keys, does]) => ({ keys, does: does.join(" · ") }));
}

const shown = (key: string) => (key.length === 1 ? key.toUpperCase() : key);

function Line({ keys, does }: { keys: string; does: string }) {
  return (
    <div>
      <dt>
        <kbd>{keys}</kbd>
      </dt>
      <dd>{does}</dd>
    </div>
  );
}

export function KeySheet({ onClose }: { onClose(): void }) {
  return (
    <Dialog title={t("keys.title")} closeLabel={t("close")} onClose={onClose}>
      <dl className="keys">
        {rows.map(([keys, does]) => (
          <Line key={does} keys={keys} does={t(does)} />
        ))}
      </dl>
      <h3>{t("keys.message")}</h3>
      <dl className="keys">
        {messageKeys().map(({ keys, does }) => (
          <Line key={keys} keys={keys} does={does} />
        ))}
      </dl>
    </Dialog>
  );
}
