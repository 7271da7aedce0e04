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

export function KeySheet({ onClose }: { onClose(): void }) {
  return (
    <Dialog title={t("keys.title")} closeLabel={t("close")} onClose={onClose}>
      <dl className="keys">
        {slots("commands").map((one) =>
          one.keys === undefined ? null : (
            <div key={one.id}>
              <dt>
                <kbd>{one.keys.replace("Mod", mod)}</kbd>
              </dt>
              <dd>{one.name()}</dd>
            </div>
          ),
        )}
        {rows.map(([keys, does]) => (
          <div key={does}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{t(does)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
