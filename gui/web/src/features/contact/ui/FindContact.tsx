import { ImageUp, ScanQrCode } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState, type FormEvent } from "react";
import type { ContactCard as CardShape } from "~/api/types.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { preview } from "../commands.ts";
import { pictureIn } from "../handed.ts";
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
  const [back, setBack] = useState(false); // from a card: the focus goes where one came from

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
  const open = async (picture: Blob) => {
    const { readPicture } = await import("~/kit/qr/read.ts");
    const code = await readPicture(picture).catch(() => undefined);
    if (code === undefined) setProblem(t("find.nocode"));
    else void look(code);
  };
  usePictures(found === undefined, open);
  if (found) {
    return (
      <ContactCard {...found}
        onBack={() => {
          setFound(undefined);
          setBack(true);
        }} />
    );
  }
  return (
    <Card title={t("find.title")} about={t("find.text")}>
      <form className="find" noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void look(text);
        }}>
        <Field label={t("find.label")} placeholder={t("find.placeholder")} value={text} problem={problem} required autoFocus={back} hint={t("find.hint")}
          autoComplete="off" autoCapitalize="none" spellCheck={false} inputMode="url" dir="ltr"
          onFocus={(event) => event.target.select()} onChange={(event) => setText(event.target.value)} />
        <div className="find-actions">
          <Button look="solid" type="submit" busy={busy}>
            {t("find.show")}
          </Button>
          <Button icon={<ScanQrCode />} aria-pressed={scanning} onClick={() => setScanning(!scanning)}>
            {scanning ? t("find.camera.stop") : t("find.scan")}
          </Button>
          <PictureButton onPicture={(picture) => void open(picture)} />
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

// usePictures takes a picture that is pasted or dropped anywhere on the page, as long as one is wanted.
function usePictures(wanted: boolean, open: (picture: Blob) => Promise<void>): void {
  const newest = useRef(open);
  newest.current = open;
  useEffect(() => {
    if (!wanted) return;
    const take = (event: ClipboardEvent | DragEvent) => {
      const picture = pictureIn("clipboardData" in event ? event.clipboardData : event.dataTransfer);
      if (!picture) return;
      event.preventDefault();
      void newest.current(picture);
    };
    // A browser opens a file that is dropped where nobody waits for it, and the page is gone.
    const over = (event: DragEvent) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    window.addEventListener("paste", take);
    window.addEventListener("drop", take);
    window.addEventListener("dragover", over);
    return () => {
      window.removeEventListener("paste", take);
      window.removeEventListener("drop", take);
      window.removeEventListener("dragover", over);
    };
  }, [wanted]);
}

function PictureButton({ onPicture }: { onPicture(picture: Blob): void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button icon={<ImageUp />} onClick={() => input.current?.click()}>
        {t("find.picture")}
      </Button>
      <input ref={input} type="file" accept="image/*" hidden
        onChange={(event) => {
          const picture = event.target.files?.[0];
          if (picture) onPicture(picture);
          event.target.value = "";
        }} />
    </>
  );
}
