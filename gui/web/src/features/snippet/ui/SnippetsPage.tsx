// The page of the settings that keeps snippets. It is loaded when it is opened.
import { Pencil, TextQuote, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import type { Snippet } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button, IconButton } from "~/kit/primitives/Button.tsx";
import { Card, Empty } from "~/kit/primitives/Card.tsx";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { Area, Field } from "~/kit/primitives/Field.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { useSlice } from "~/stream/store.ts";
import { deleteSnippet, problemText, saveSnippet } from "../commands.ts";
import { byName, faultOf, snippets } from "../state.ts";
import { t } from "../text.ts";
import "./snippet.css";

export default function SnippetsPage() {
  const list = useSlice(snippets, byName);
  const loaded = useSlice(snippets, (part) => part.loaded);
  const [editing, setEditing] = useState<Snippet>();
  const [fresh, setFresh] = useState(0);
  const remove = (one: Snippet) =>
    void deleteSnippet(one.id).then(
      () => toast(t("deleted")),
      (cause: unknown) => toast(problemText(cause)),
    );
  return (
    <>
      <Card title={t("title")} about={t("about")}>
        {!loaded ? (
          <Spinner />
        ) : list.length === 0 ? (
          <Empty icon={<TextQuote />} title={t("none")}>
            {t("none.hint")}
          </Empty>
        ) : (
          <ul className="snippets" aria-label={t("list")}>
            {list.map((one) => (
              <li key={one.id}>
                <div className="snippet-text">
                  <bdi className="snippet-name">/{one.name}</bdi>
                  <p className="muted small" dir="auto">
                    {one.text}
                  </p>
                </div>
                <IconButton label={t("edit.of", { name: one.name })} icon={<Pencil />} onClick={() => setEditing(one)} />
                <IconButton label={t("delete.of", { name: one.name })} icon={<Trash2 />} onClick={() => remove(one)} />
              </li>
            ))}
          </ul>
        )}
      </Card>
      <Card title={t("new")}>
        <SnippetForm key={fresh}
          onSaved={() => {
            setFresh(fresh + 1);
            toast(t("added"));
          }} />
      </Card>
      {editing && (
        <Dialog title={t("edit")} closeLabel={t("close")} onClose={() => setEditing(undefined)}>
          <SnippetForm snippet={editing}
            onSaved={() => {
              setEditing(undefined);
              toast(t("saved"));
            }} />
        </Dialog>
      )}
    </>
  );
}

function SnippetForm({ snippet, onSaved }: { snippet?: Snippet; onSaved(): void }) {
  const [name, setName] = useState(snippet?.name ?? "");
  const [text, setText] = useState(snippet?.text ?? "");
  const [fault, setFault] = useState<ReturnType<typeof faultOf>>();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const found = faultOf(name.trim(), text);
    setFault(found);
    setProblem(undefined);
    if (found) return;
    setBusy(true);
    try {
      await saveSnippet(snippet?.id, name.trim(), text);
      onSaved();
    } catch (cause) {
      setProblem(problemText(cause));
      setBusy(false);
    }
  };
  const wrong = fault?.empty ? t("text.wrong") : fault?.over === undefined ? undefined : t("text.long", { count: fault.over });
  return (
    <form className="snippet-form" noValidate onSubmit={(event) => void save(event)}>
      <Field label={t("name")} hint={t("name.hint")} value={name} autoCapitalize="none" autoComplete="off" spellCheck={false}
        problem={fault?.name ? t("name.wrong") : undefined} onChange={(event) => setName(event.target.value)} />
      <Area label={t("text")} rows={4} dir="auto" value={text} problem={wrong} onChange={(event) => setText(event.target.value)} />
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <div className="card-actions">
        <Button look="solid" type="submit" busy={busy}>
          {t(snippet ? "save" : "add")}
        </Button>
      </div>
    </form>
  );
}
