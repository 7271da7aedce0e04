import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { say } from "../a11y/live.tsx";
import { Button } from "./Button.tsx";
import "./copybox.css";

interface CopyBoxProps {
  label: string;
  text: string;
  copyLabel: string;
  copiedLabel: string;
}

// CopyBox shows a text that is meant to be handed on, with its copy button.
export function CopyBox({ label, text, copyLabel, copiedLabel }: CopyBoxProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    say(copiedLabel);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div className="copybox">
      <input readOnly value={text} aria-label={label} className="code" onFocus={(event) => event.target.select()} />
      <Button icon={copied ? <Check /> : <Copy />} onClick={() => void copy()}>
        {copied ? copiedLabel : copyLabel}
      </Button>
    </div>
  );
}
