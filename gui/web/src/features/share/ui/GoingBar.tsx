import { Radio } from "lucide-react";
import { say } from "~/kit/a11y/live.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { clockTime } from "~/i18n/time.ts";
import { useSlice } from "~/stream/store.ts";
import { end } from "../going.ts";
import { live } from "../live.ts";
import { t } from "../text.ts";
import "./share.css";

// GoingBar says over the box that others of the conversation see where one is.
export default function GoingBar({ conversation }: { conversation: string }) {
  const going = useSlice(live, (part) => part.own.find((one) => one.conversation === conversation));
  if (!going) return null;
  const { message } = going;
  return (
    <div className="going-bar" role="status">
      <Radio aria-hidden="true" />
      <span>{t("live.own", { time: clockTime(going.until) })}</span>
      <Button look="plain" disabled={message === undefined}
        onClick={() => message !== undefined && void end(message, conversation).then(() => say(t("live.over")), () => say(t("live.failed")))}>
        {t("live.stop")}
      </Button>
    </div>
  );
}
