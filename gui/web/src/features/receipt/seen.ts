import type { State } from "~/stream/model.ts";

// newestOfOthers finds the last message of somebody else at or above the row
// that was seen. Own messages and notices are not marked, and what cannot be
// read yet is not read. The state of the row does not matter: whoever answers
// counts as having read on the own node, but the author is told only by a mark.
export function newestOfOthers(state: State, conversation: string, seen: string | undefined): string | undefined {
  const keys = state.timelines[conversation]?.keys ?? [];
  for (let index = seen === undefined ? -1 : keys.indexOf(seen); index >= 0; index--) {
    const row = state.rows[keys[index] ?? ""];
    if (!row || row.author === state.me?.acct || row.kind === "notice" || row.kind === "waiting") continue;
    return row.id;
  }
  return undefined;
}
