// What the person changed and the node has not told back yet, so that a chip answers at once.
import type { Message, Reaction } from "~/api/types.ts";
import { sliceState } from "~/stream/slices.ts";

// By message and emoji: whether it is to be there.
export type Pending = Readonly<Record<string, Readonly<Record<string, boolean>>>>;

export const signKey = ({ emoji, picture }: { emoji: string; picture?: string | undefined }) => emoji + (picture ?? "");

export const pending = sliceState<Pending>({
  name: "reaction",
  initial: {},
  frames: { message: told },
});

// told drops what a message shows as it was wanted.
function told(part: Pending, message: Message): Pending {
  const wanted = part[message.id];
  if (!wanted) return part;
  const open = Object.entries(wanted).filter(([key, on]) => (message.reactions ?? []).some((one) => one.mine && signKey(one) === key) !== on);
  return put(part, message.id, Object.fromEntries(open));
}

export function put(part: Pending, message: string, wanted: Readonly<Record<string, boolean>>): Pending {
  const { [message]: _old, ...rest } = part;
  return Object.keys(wanted).length === 0 ? rest : { ...rest, [message]: wanted };
}

// withPending gives the reactions as they will be.
export function withPending(reactions: readonly Reaction[], wanted: Readonly<Record<string, boolean>> | undefined): readonly Reaction[] {
  if (!wanted) return reactions;
  const known = reactions.flatMap((one) => {
    const on = wanted[signKey(one)];
    if (on === undefined || on === one.mine) return [one];
    const count = one.count + (on ? 1 : -1);
    return count > 0 ? [{ ...one, mine: on, count }] : [];
  });
  const added = Object.entries(wanted).filter(([key, on]) => on && !reactions.some((one) => signKey(one) === key));
  return [...known, ...added.map(([key]) => ({ ...signOf(key), count: 1, mine: true, names: [] }))];
}

// signOf takes the key of a custom emoji apart again.
function signOf(key: string): { emoji: string; picture?: string } {
  const end = key.startsWith(":") ? key.indexOf(":", 1) + 1 : key.length;
  return end === key.length ? { emoji: key } : { emoji: key.slice(0, end), picture: key.slice(end) };
}
