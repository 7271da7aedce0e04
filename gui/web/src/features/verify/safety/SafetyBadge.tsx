import { ShieldAlert, ShieldCheck } from "lucide-react";
import { Link } from "wouter";
import type { Conversation } from "~/api/types.ts";
import { t } from "./text.ts";
import "./safety.css";

// SafetyBadge says at the head of a chat that the other is verified, or was, and leads to the number.
export default function SafetyBadge({ conversation: { id, name = "" }, state }: { conversation: Conversation; state: "verified" | "changed" }) {
  const label = t(`badge.${state}`, { name });
  return (
    <Link href={`/c/${id}?p=verify`} className={`icon-button safety-${state}`} aria-label={label} title={label}>
      {state === "verified" ? <ShieldCheck /> : <ShieldAlert />}
    </Link>
  );
}
