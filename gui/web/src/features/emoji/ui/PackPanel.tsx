import { Download, ImagePlus, Pencil, Trash2, Upload } from "lucide-react";
import { useRef, useState, type ReactNode } from "react";
import type { Conversation, CustomEmoji } from "~/api/types.ts";
import { shrink, type Step } from "~/kit/drawing.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button, IconButton } from "~/kit/primitives/Button.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { openDialog } from "~/slots/dialogs.tsx";
import { keptOf, LARGEST_FILE, readArchive, writeArchive } from "../archive.ts";
import { mayChange, MOST, nameFrom, removeEmoji, renameEmoji, setEmoji } from "../pack.ts";
import { problemOf, t } from "../text.ts";
import { usePack } from "../usePack.ts";
import { NameDialog } from "./NameDialog.tsx";
import { Picture } from "./Picture.tsx";
import "./pack.css";

const STEPS: readonly Step[] = [{ side: 128, quality: 0.9 }, { side: 128, quality: 0.7 }, { side: 96, quality: 0.7 }, { side: 64, quality: 0.7 }];

// PackPanel shows the custom emoji of a chat, and changes them where that is allowed.
export default function PackPanel({ conversation }: { conversation: Conversation }) {
  const { id } = conversation;
  const pack = usePack(id);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  if (!pack) return <Spinner />;
  const may = mayChange(id);
  const doing = async (work: () => Promise<string | undefined>) => {
    setBusy(true);
    setProblem(undefined);
    setProblem(await work().catch(problemOf));
    setBusy(false);
  };
  const add = (file: File) => doing(async () => {
    const drawn = await shrink(file, STEPS);
    if (drawn === undefined || drawn === "large") return t("picture.problem");
    openDialog((close) => (
      <NameDialog title={t("add")} action={t("add.do")} first={nameFrom(file.name)} taken={pack} onClose={close} picture={drawn.data}
        onName={(name) => setEmoji(id, name, drawn.data)} />
    ));
    return undefined;
  });
  const save = () => doing(async () => {
    const all = await Promise.all(pack.map((one) => keptOf(id, one)));
    const url = URL.createObjectURL(new Blob([writeArchive(all)], { type: "application/json" }));
    Object.assign(document.createElement("a"), { href: url, download: "emoji.json" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    return undefined;
  });
  const take = (file: File) => doing(async () => {
    const all = file.size > LARGEST_FILE ? undefined : readArchive(await file.text());
    if (!all) return t("import.problem");
    const fresh = all.filter(({ name }) => !pack.some((one) => one.name === name));
    if (pack.length + fresh.length > MOST) return t("import.full", { count: MOST });
    for (const { name, picture } of fresh) await setEmoji(id, name, picture);
    toast(t("import.done", { count: fresh.length }));
    return undefined;
  });
  return (
    <div className="pack">
      <p className="muted">{t(may ? "about" : "about.closed")}</p>
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      {pack.length === 0 ? <p className="pack-none muted">{t("none")}</p> : (
        <ul className="pack-list" aria-label={t("pack")}>
          {pack.map((one) => (
            <Item key={one.name} conversation={id} one={one} pack={pack} may={may} onRemove={() => void doing(async () => removeEmoji(id, one.name).then(() => undefined))} />
          ))}
        </ul>
      )}
      <div className="pack-acts">
        {may && <FileButton icon={<ImagePlus />} look="solid" accept="image/*" busy={busy} disabled={pack.length >= MOST} onFile={add}>{t("add")}</FileButton>}
        {may && <FileButton icon={<Upload />} accept="application/json,.json" busy={busy} onFile={take}>{t("import")}</FileButton>}
        {pack.length > 0 && <Button icon={<Download />} busy={busy} onClick={() => void save()}>{t("export")}</Button>}
      </div>
      {pack.length > 0 && <p className="muted small">{t("count", { count: pack.length, most: MOST })}</p>}
    </div>
  );
}

interface ItemProps {
  conversation: string;
  one: CustomEmoji;
  pack: readonly CustomEmoji[];
  may: boolean;
  onRemove(): void;
}

function Item({ conversation, one, pack, may, onRemove }: ItemProps) {
  const rename = () =>
    openDialog((close) => (
      <NameDialog title={t("rename", { name: one.name })} action={t("rename.do")} first={one.name} taken={pack} onClose={close}
        onName={(name) => renameEmoji(conversation, one.name, name)} />
    ));
  return (
    <li>
      <Picture conversation={conversation} emoji={one} hidden />
      <span className="pack-text">
        <bdi>{`:${one.name}:`}</bdi>
        <span className="muted small">{t("by", { name: one.by_name })}</span>
      </span>
      {may && <IconButton label={t("rename", { name: one.name })} icon={<Pencil />} onClick={rename} />}
      {may && <IconButton label={t("remove", { name: one.name })} icon={<Trash2 />} onClick={onRemove} />}
    </li>
  );
}

interface FileButtonProps {
  icon: ReactNode;
  look?: "solid" | "soft";
  accept: string;
  busy: boolean;
  disabled?: boolean;
  children: string;
  onFile(file: File): void;
}

function FileButton({ accept, onFile, ...button }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button {...button} onClick={() => input.current?.click()} />
      <input ref={input} type="file" hidden accept={accept} aria-label={button.children} tabIndex={-1}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) onFile(file);
          event.target.value = "";
        }} />
    </>
  );
}

