import { lazy, Suspense, useState } from "react";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { pictureUrl } from "~/kit/picture.ts";
import { StillPicture } from "~/kit/StillPicture.tsx";
import { picture } from "../sample.ts";
import { Section, Specimen } from "../Specimen.tsx";

const QrCode = lazy(() => import("~/kit/qr/QrCode.tsx"));
const Scanner = lazy(() => import("~/kit/qr/Scanner.tsx"));

export function Pictures() {
  const [camera, setCamera] = useState<"off" | "on" | "failed">("off");
  const [found, setFound] = useState("");
  return (
    <Section title="Pictures and codes">
      <Specimen title="StillPicture">
        <StillPicture url={pictureUrl(picture()) ?? ""} name="A striped square" className="specimen-picture" />
      </Specimen>
      <Specimen title="QrCode">
        <div className="specimen-code">
          <Suspense fallback={<Spinner />}>
            <QrCode text="https://chat.example.org/i#MFRGGZDFMZTWQ2LK" label="Code of a link" />
          </Suspense>
        </div>
      </Specimen>
      <Specimen title="Scanner">
        {camera === "on" && (
          <Suspense fallback={<Spinner />}>
            <Scanner label="Camera" onFound={setFound} onProblem={() => setCamera("failed")} />
          </Suspense>
        )}
        {camera === "failed" && <Alert tone="warning">There is no camera here.</Alert>}
        <Button onClick={() => setCamera(camera === "on" ? "off" : "on")}>{camera === "on" ? "Stop the camera" : "Start the camera"}</Button>
        {found !== "" && <p className="code">{found}</p>}
      </Specimen>
    </Section>
  );
}
