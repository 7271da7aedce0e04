import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Me } from "~/api/types.ts";
import { currentLocale } from "~/i18n/locale.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { readExport } from "../export.ts";
import { t } from "../text.ts";

const megabytes = new Intl.NumberFormat(currentLocale(), { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });

// ExportPage gives the person everything in one file.
export default function ExportPage({ me }: { me: Me }) {
  const [read, setRead] = useState<number>();
  const [broken, setBroken] = useState(false);
  const going = useRef<AbortController>(undefined);
  useEffect(() => () => going.current?.abort(), []);
  const run = async () => {
    const stop = (going.current = new AbortController());
    setBroken(false);
    setRead(0);
    try {
      save(await readExport(stop.signal, setRead), `${me.name}.json`);
      toast(t("export.done"));
    } catch {
      setBroken(!stop.signal.aborted);
    }
    setRead(undefined);
  };
  return (
    <Card about={t("export.about")}
      actions={
        read === undefined ? (
          <Button look="solid" icon={<Download />} onClick={() => void run()}>
            {t("export.go")}
          </Button>
        ) : (
          <Button onClick={() => going.current?.abort()}>{t("export.stop")}</Button>
        )
      }>
      {read !== undefined && <p role="status">{t("export.progress", { size: megabytes.format(read / 1e6) })}</p>}
      {broken && <Alert tone="danger">{t("export.problem")}</Alert>}
    </Card>
  );
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
