import { ImageUp, ScanQrCode } from "lucide-react";
import { lazy, Suspense, useRef, useState, type FormEvent } from "react";
import type { ContactCard as CardShape } from "~/api/types.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { preview } from "../commands.ts";
import { readInvitation, type Invitation } from "../invitation.ts";
import { problemText, t } from "../text.ts";
import { ContactCard } from "./ContactCard.tsx";
import "./find.css";

const Scanner = lazy(() => import("~/kit/qr/Scanner.tsx"));

interface FindContactProps {
  // What is no contact may be something else: true when it was taken.
  onOther(typed: string): boolean;
}

// FindContact turns a link, code or address into a card. Nothing is sent
// before a person has seen the card and chosen to go on.
export function FindContact({ onOther }: FindContactProps) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [scanning, setScanning] = useState(false);
  const [found, setFound] = useState<{ invitation: Invitation; card: CardShape }>();

  const look = async (typed: string) => {
    setText(typed);
    setScanning(false);
    if (onOther(typed)) return;
    const invitation = readInvitation(typed);
    if (!invitation) return setProblem(t("error.not_a_link"));
    setProblem(undefined);
    setBusy(true);
    try {
      setFound({ invitation, card: await preview(invitation) });
    } catch (cause) {
      setProblem(problemText(cause));
    } finally {
      setBusy(false);
    }
  };
  if (found) return <ContactCard {...found} onBack={() => setFound(undefined)} />;
  return (
    <Card title={t("find.title")} about={t("find.text")}>
      <form className="find" noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void look(text);
        }}>
        <Field label={t("find.label")} placeholder={t("find.placeholder")} value={text} problem={problem} required
          autoComplete="off" autoCapitalize="none" spellCheck={false} inputMode="url" dir="ltr"
          onChange={(event) => setText(event.target.value)} />
        <div className="find-actions">
          <Button look="solid" type="submit" busy={busy}>
            {t("find.show")}
          </Button>
          <Button icon={<ScanQrCode />} aria-pressed={scanning} onClick={() => setScanning(!scanning)}>
            {scanning ? t("find.camera.stop") : t("find.scan")}
          </Button>
          <PictureButton onText={(code) => void look(code)} onProblem={setProblem} />
        </div>
      </form>
      {scanning && (
        <Suspense>
          <Scanner label={t("find.camera")} onFound={(code) => void look(code)}
            onProblem={() => {
              setScanning(false);
              setProblem(t("find.camera.problem"));
            }} />
        </Suspense>
      )}
      {busy && <Alert>{t("find.text")}</Alert>}
    </Card>
  );
}

function PictureButton({ onText, onProblem }: { onText(code: string): void; onProblem(problem: string): void }) {
  const input = useRef<HTMLInputElement>(null);
  const open = async (file: File | undefined) => {
    if (!file) return;
    const { readPicture } = await import("~/kit/qr/read.ts");
    const code = await readPicture(file).catch(() => undefined);
    if (code === undefined) onProblem(t("find.nocode"));
    else onText(code);
  };
  return (
    <>
      <Button icon={<ImageUp />} onClick={() => input.current?.click()}>
        {t("find.picture")}
      </Button>
      <input ref={input} type="file" accept="image/*" hidden
        onChange={(event) => {
          void open(event.target.files?.[0]);
          event.target.value = "";
        }} />
    </>
  );
}
