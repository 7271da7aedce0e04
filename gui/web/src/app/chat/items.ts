// Turns the rows of a conversation into what its list shows: groups by author,
// day headings, the divider before what is new, and one row for a run of
// messages that cannot be read.
import { sameDay } from "~/i18n/time.ts";
import type { Row } from "~/stream/model.ts";

export interface Item {
  readonly row: Row;
  readonly first: boolean;
  readonly last: boolean;
  readonly day: boolean; // a new day starts here
  readonly fresh: boolean; // the divider "New" stands above
  readonly count: number;
}

const GROUP_MINUTES = 5;
const FOLD_FROM = 3;

export function makeItems(rows: readonly Row[], firstNew: string | undefined): Item[] {
  const shown = fold(rows);
  return shown.map(({ row, count }, index) => {
    const before = shown[index - 1]?.row;
    const after = shown[index + 1]?.row;
    const day = !before || !sameDay(before.sent_at, row.sent_at);
    return {
      row,
      count,
      day,
      fresh: row.key === firstNew,
      first: day || row.key === firstNew || !together(before, row),
      last: !after || after.key === firstNew || !sameDay(row.sent_at, after.sent_at) || !together(row, after),
    };
  });
}

function together(one: Row | undefined, next: Row): boolean {
  return (
    one !== undefined &&
    one.kind === "text" &&
    next.kind === "text" &&
    one.author === next.author &&
    next.gap !== true &&
    new Date(next.sent_at).getTime() - new Date(one.sent_at).getTime() < GROUP_MINUTES * 60_000
  );
}

function fold(rows: readonly Row[]): { row: Row; count: number }[] {
  const folded: { row: Row; count: number }[] = [];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index];
    if (!row) continue;
    let end = index;
    while (row.kind === "waiting" && rows[end + 1]?.kind === "waiting") end++;
    const count = end - index + 1;
    folded.push({ row, count: count >= FOLD_FROM ? count : 1 });
    if (count >= FOLD_FROM) index = end;
  }
  return folded;
}

// firstUnread finds where reading starts: the first message of somebody else
// that is not marked as read.
export function firstUnread(rows: readonly Row[], mine: string | undefined): string | undefined {
  return rows.find((row) => row.author !== mine && row.kind !== "notice" && row.id !== "" && row.state !== "read")?.key;
}
