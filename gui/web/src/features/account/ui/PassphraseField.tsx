import { SecretField } from "~/kit/primitives/Field.tsx";
import { t } from "../text.ts";

interface PassphraseFieldProps {
  label: string;
  value: string;
  onValue(value: string): void;
  problem?: string | undefined;
  known?: boolean; // it exists already; else it is being chosen
  autoFocus?: boolean;
}

export const SHORTEST = 8;
export const LONGEST = 128;

export function PassphraseField({ label, value, onValue, problem, known = false, autoFocus }: PassphraseFieldProps) {
  const length = [...value].length;
  const hint =
    length > 0 && length < SHORTEST ? t("passphrase.short", { count: SHORTEST - length }) : t("passphrase.hint");
  return (
    <SecretField label={label} value={value} problem={problem} required showLabel={t("show")} hideLabel={t("hide")}
      autoComplete={known ? "current-password" : "new-password"} maxLength={LONGEST} {...(autoFocus ? { autoFocus } : {})}
      {...(known ? {} : { minLength: SHORTEST, hint })} onChange={(event) => onValue(event.target.value)} />
  );
}
