// Deleting and forwarding messages through the node.
import { api, call } from "~/api/http.ts";
import { asApiError } from "~/api/errors.ts";
import type { Forward } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { placeOf, type Row } from "~/stream/model.ts";
import { currentSender } from "~/stream/session.ts";
import { dispatch, getState } from "~/stream/store.ts";
import { t } from "./text.ts";

export type Whom = "me" | "everyone";

const path = ({ conversation, id: message }: Row) => ({ conversation, message });

async function deleteOne(row: Row, whom: Whom): Promise<void> {
  await call(
    api.DELETE("/api/v1/conversations/{conversation}/messages/{message}", { params: { path: path(row), query: { for: whom } } }),
  );
}

// Removed is what was deleted, and why the rest was not.
export interface Removed {
  readonly done: readonly Row[];
  readonly problem: string | undefined;
}

export async function deleteRows(rows: readonly Row[], whom: Whom): Promise<Removed> {
  const done: Row[] = [];
  for (const row of rows) {
    try {
      await deleteOne(row, whom);
      done.push(row);
    } catch (cause) {
      return { done, problem: reason(cause) };
    }
  }
  return { done, problem: undefined };
}

// concealRows deletes messages for the account alone, and offers to take that back.
export async function concealRows(rows: readonly Row[]): Promise<Removed> {
  const places = rows.map((row) => ({ row, behind: before(row) }));
  const removed = await deleteRows(rows, "me");
  const count = removed.done.length;
  if (count > 0) {
    const back = places.filter(({ row }) => removed.done.includes(row));
    toast(t("delete.me.done", { count }), { label: t("undo"), run: () => void restore(back) });
  }
  return removed;
}

async function restore(places: readonly { row: Row; behind: string | undefined }[]): Promise<void> {
  for (const { row, behind } of places) {
    try {
      await call(api.POST("/api/v1/conversations/{conversation}/messages/{message}/restore", { params: { path: path(row) } }));
      dispatch({ type: "back", row, behind });
    } catch (cause) {
      return toast(t("undo.failed", { reason: reason(cause) }));
    }
  }
}

// before is the key of the row that a message follows.
function before(row: Row): string | undefined {
  const keys = getState().timelines[placeOf(row)]?.keys ?? [];
  return keys[keys.indexOf(row.key) - 1];
}

// cancelSending takes back what is on its way: from this browser, or from the node as far as it has not left.
export async function cancelSending(row: Row): Promise<void> {
  try {
    if (row.id === "") await currentSender()?.discard(row.key);
    else await deleteOne(row, "everyone");
    toast(t("cancel.sending.done"));
  } catch (cause) {
    toast(t("cancel.sending.failed", { reason: reason(cause) }));
  }
}

// forwardRow sends what a message says now to other conversations.
export async function forwardRow(row: Row, to: readonly string[], attribution: boolean): Promise<readonly Forward[]> {
  const list = await call(
    api.POST("/api/v1/conversations/{conversation}/messages/{message}/forward", { params: { path: path(row) }, body: { to: [...to], attribution } }),
  );
  return list.items;
}

export function reason(cause: unknown): string {
  const error = asApiError(cause);
  return error.status === 0 ? t("silent") : error.detail || error.code;
}

// mayDeleteForEveryone tells whether the node may do it: who moderates is refused for people of the same rank and above.
export function mayDeleteForEveryone(row: Row): boolean {
  const { me, conversations } = getState();
  if (row.author === me?.acct) return true;
  const role = conversations[row.conversation]?.group?.role;
  return role === "moderator" || role === "admin" || role === "owner";
}
