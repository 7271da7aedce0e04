import { Area } from "~/kit/primitives/Field.tsx";
import { KEY_LENGTH, readKey } from "../recoverykey.ts";
import { t } from "../text.ts";

interface RecoveryKeyFieldProps {
  value: string;
  onValue(value: string): void;
  problem?: string | undefined;
}

// RecoveryKeyField takes any spacing and says at once which group is wrong.
export function RecoveryKeyField({ value, onValue, problem }: RecoveryKeyFieldProps) {
  return (
    <Area label={t("recover.key")} value={value} rows={2} required className="code" autoComplete="off"
      autoCapitalize="characters" spellCheck={false} dir="ltr" problem={problem ?? localProblem(value)}
      hint={hint(value)} onChange={(event) => onValue(event.target.value)} />
  );
}

function localProblem(typed: string): string | undefined {
  const key = readKey(typed);
  if (key.wrongGroup !== undefined) {
    return t("recover.key.group", { group: key.wrongGroup, text: key.groups[key.wrongGroup - 1] ?? "" });
  }
  return key.missing < 0 ? t("recover.key.long") : undefined;
}

function hint(typed: string): string {
  const { missing } = readKey(typed);
  return missing > 0 && missing < KEY_LENGTH ? t("recover.key.length", { count: missing }) : t("recover.key.hint");
}
