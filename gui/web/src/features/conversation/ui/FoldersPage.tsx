import { ArrowDown, ArrowUp, FolderPlus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Folder } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Button, IconButton } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { openDialog } from "~/slots/dialogs.tsx";
import { useSlice } from "~/stream/store.ts";
import { deleteFolder, editFolder, folderState } from "../folders.ts";
import { problemText, t } from "../text.ts";
import NewFolder from "./NewFolder.tsx";

const told = (work: Promise<unknown>) => work.catch((cause: unknown) => toast(problemText(cause)));

// FoldersPage names, orders and deletes the folders of the account.
export default function FoldersPage() {
  const folders = useSlice(folderState, ({ items }) => items);
  return (
    <Card about={t("folders.about")}
      actions={
        <Button icon={<FolderPlus />} onClick={() => void openDialog((close) => <NewFolder onClose={close} />)}>
          {t("folder.new")}
        </Button>
      }>
      {folders.length === 0 ? (
        <p className="muted">{t("folders.none")}</p>
      ) : (
        <ol className="folder-rows">
          {folders.map((folder, index) => (
            <FolderRow key={folder.id} folder={folder} place={index + 1} last={index === folders.length - 1} />
          ))}
        </ol>
      )}
    </Card>
  );
}

function FolderRow({ folder, place, last }: { folder: Folder; place: number; last: boolean }) {
  const { id, name } = folder;
  const [typed, setTyped] = useState(name);
  const save = () => {
    const wanted = typed.trim();
    if (wanted === "" || wanted === name) return setTyped(name);
    void editFolder(id, { name: wanted }).catch((cause: unknown) => {
      toast(problemText(cause));
      setTyped(name);
    });
  };
  const drop = () => void told(deleteFolder(id).then(() => toast(t("folders.deleted", { name }))));
  return (
    <li>
      <Field label={t("folders.rename", { name })} value={typed} maxLength={64} dir="auto" autoComplete="off" onChange={(event) => setTyped(event.target.value)}
        onBlur={save} onKeyDown={(event) => event.key === "Enter" && save()} />
      <IconButton label={t("folders.up", { name })} icon={<ArrowUp />} disabled={place === 1} onClick={() => void told(editFolder(id, { place: place - 1 }))} />
      <IconButton label={t("folders.down", { name })} icon={<ArrowDown />} disabled={last} onClick={() => void told(editFolder(id, { place: place + 1 }))} />
      <IconButton label={t("folders.delete", { name })} icon={<Trash2 />} onClick={drop} />
    </li>
  );
}
