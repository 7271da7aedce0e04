export interface Target {
  readonly to: string; // of a command: its name
  run?(): void;
  readonly name: string;
  readonly seed?: string;
  readonly group?: { readonly picture: string } | undefined;
}

// search puts names that begin with what was typed before names that hold it
// further inside; otherwise the given order stays. Case and accents do not count.
export function search(targets: readonly Target[], typed: string): Target[] {
  const wanted = plain(typed.trim());
  if (wanted === "") return [...targets];
  return targets
    .map((target) => ({ target, rank: rank(plain(target.name), wanted) }))
    .filter((one) => one.rank < Infinity)
    .sort((a, b) => a.rank - b.rank)
    .map((one) => one.target);
}

function rank(name: string, wanted: string): number {
  if (name.startsWith(wanted)) return 0;
  if (name.split(/[\s:]+/u).some((word) => word.startsWith(wanted))) return 1;
  return name.includes(wanted) ? 2 : Infinity;
}

function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
