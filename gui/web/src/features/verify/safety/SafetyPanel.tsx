import { ImageUp, ScanQrCode, Shield, ShieldAlert, ShieldCheck } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import type { Conversation, SafetyNumber } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { fullTime } from "~/i18n/time.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { useSlice } from "~/stream/store.ts";
import { verifications, verifiedIn } from "../state.ts";
import { confirm, groups, readNumber, takeBack } from "./numbers.ts";
import { problemText, t } from "./text.ts";
import "./safety.css";

const QrCode = lazy(() => import("~/kit/qr/QrCode.tsx"));
const Scanner = lazy(() => import("~/kit/qr/Scanner.tsx"));

// SafetyPanel shows what two people compare, and keeps that they did.
export default function SafetyPanel({ conversation }: { conversation: Conversation }) {
  const { name = "", with: acct = "" } = conversation;
  const state = useSlice(verifications, (known) => verifiedIn(known, conversation));
  const read = useCallback(() => readNumber(acct), [acct]);
  const { data, error, reload } = useLoaded(read);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [scanning, setScanning] = useState(false);
  useEffect(reload, [state, reload]); // another number, or another word for it

  const run = async (work: () => Promise<void>, done: string | undefined) => {
    setBusy(true);
    setProblem(undefined);
    setScanning(false);
    try {
      await work();
      if (done !== undefined) toast(done);
    } catch (cause) {
      setProblem(problemText(cause, name));
      reload();
    } finally {
      setBusy(false);
    }
  };
  const scanned = (code: string) => void run(() => confirm(acct, { code }), t("done", { name }));
  const differ = () => void run(() => takeBack(acct), undefined).then(() => setProblem((now) => now ?? t("differs", { name })));
  if (!data) {
    if (!error) return <Spinner />;
    return (
      <Alert tone="danger">
        {problemText(error, name)}{" "}
        <Button look="plain" onClick={reload}>
          {t("retry")}
        </Button>
      </Alert>
    );
  }
  return (
    <div className="safety">
      <Standing number={data} name={name} />
      <Digits number={data.number} />
      {problem !== undefined && <Alert tone="danger">{problem}</Alert>}
      <div className="card-actions">
        {data.state === "verified" ? (
          <Button busy={busy} onClick={() => void run(() => takeBack(acct), t("undone", { name }))}>
            {t("undo", { name })}
          </Button>
        ) : (
          <>
            <Button look="solid" busy={busy} onClick={() => void run(() => confirm(acct, { number: data.number }), t("done", { name }))}>
              {t("match")}
            </Button>
            <Button busy={busy} onClick={differ}>
              {t("differ")}
            </Button>
          </>
        )}
      </div>
      <figure className="safety-code">
        <Suspense>
          <QrCode text={data.code} label={t("code", { name })} />
        </Suspense>
        <figcaption className="muted small">{t("code", { name })}</figcaption>
      </figure>
      <div className="card-actions">
        <Button icon={<ScanQrCode />} aria-pressed={scanning} onClick={() => setScanning(!scanning)}>
          {scanning ? t("scan.stop") : t("scan", { name })}
        </Button>
        <PictureButton onCode={scanned} onProblem={setProblem} />
      </div>
      {scanning && (
        <Suspense>
          <Scanner label={t("scan.camera")} onFound={scanned}
            onProblem={() => {
              setScanning(false);
              setProblem(t("scan.problem"));
            }} />
        </Suspense>
      )}
    </div>
  );
}

const icons = { new: Shield, verified: ShieldCheck, changed: ShieldAlert };

// Standing is the word for how far the keys were compared, and what it means.
function Standing({ number: { state, verified_at: at = "" }, name }: { number: SafetyNumber; name: string }) {
  const Icon = icons[state];
  return (
    <div className={`safety-standing safety-${state}`} role="status">
      <Icon aria-hidden="true" />
      <div>
        <strong>{t(state)}</strong>
        <p className="small">{t(`${state}.about`, { name, time: at && fullTime(at) })}</p>
      </div>
    </div>
  );
}

// Digits are read from left to right in every language, and out loud group by group.
function Digits({ number }: { number: string }) {
  return (
    <ol className="safety-digits" dir="ltr" aria-label={t("number")}>
      {groups(number).map((group, index) => (
        <li key={index}>{group}</li>
      ))}
    </ol>
  );
}

function PictureButton({ onCode, onProblem }: { onCode(code: string): void; onProblem(problem: string): void }) {
  const input = useRef<HTMLInputElement>(null);
  const open = async (file: File | undefined) => {
    if (!file) return;
    const { readPicture } = await import("~/kit/qr/read.ts");
    const code = await readPicture(file).catch(() => undefined);
    if (code === undefined) onProblem(t("picture.none"));
    else onCode(code);
  };
  return (
    <>
      <Button icon={<ImageUp />} onClick={() => input.current?.click()}>
        {t("picture")}
      </Button>
      <input ref={input} type="file" accept="image/*" hidden
        onChange={(event) => {
          void open(event.target.files?.[0]);
          event.target.value = "";
        }} />
    </>
  );
}
