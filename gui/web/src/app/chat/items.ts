// Turns the rows of a conversation into what its list shows: groups by author,
// day headings, the divider before what is new, and one row for a run of
// messages that cannot be read or of notices.
import { noticeText } from "~/features/message/notice/text.ts";
import { sameDay } from "~/i18n/time.ts";
import type { Row } from "~/stream/model.ts";

export interface Item {
  readonly row: Row;
  readonly first: boolean;
  readonly last: boolean;
  readonly day: boolean; // a new day starts here
  readonly fresh: boolean; // the divider "New" stands above
  readonly count: number;
  readonly notices: readonly string[]; // the texts of a run of notices, if this row stands for one
}

const GROUP_MINUTES = 5;
const FOLD_FROM = 3;

export function makeItems(rows: readonly Row[], firstNew: string | undefined): Item[] {
  const shown = fold(rows.filter((row) => row.kind !== "notice" || row.text !== ""), firstNew);
  return shown.map(({ row, count, notices }, index) => {
    const before = shown[index - 1]?.row;
    const after = shown[index + 1]?.row;
    const day = !before || !sameDay(before.sent_at, row.sent_at);
    return {
      row,
      count,
      notices,
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

interface Fold {
  row: Row;
  count: number;
  notices: readonly string[];
}

function fold(rows: readonly Row[], firstNew: string | undefined): Fold[] {
  const folded: Fold[] = [];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index];
    if (!row) continue;
    let end = index;
    while (alike(row, rows[end + 1], firstNew)) end++;
    const run = rows.slice(index, end + 1);
    const whole = run.length >= FOLD_FROM;
    const notices = whole && row.kind === "notice" ? run.map(noticeText) : [];
    folded.push({ row, count: whole ? run.length : 1, notices });
    if (whole) index = end;
  }
  return folded;
}

function alike(row: Row, next: Row | undefined, firstNew: string | undefined): boolean {
  if (!next || next.kind !== row.kind) return false;
  if (row.kind === "waiting") return true;
  return row.kind === "notice" && next.key !== firstNew && sameDay(row.sent_at, next.sent_at);
}

// firstUnread finds where reading starts: the first message of somebody else
// that is not marked as read.
export function firstUnread(rows: readonly Row[], mine: string | undefined): string | undefined {
  return rows.find((row) => row.author !== mine && row.kind !== "notice" && row.id !== "" && row.state !== "read")?.key;
}
