// The list engine remembers heights by index: a row that comes or goes in the middle would move all that it knows. So a row
// that comes between others joins the slot of the one above it, as more height, and one that goes leaves its slot empty. Slots
// come and go at both ends only, until the list is made anew.
export interface Slot {
  readonly id: string; // the row that it was made for
  readonly keys: readonly string[];
}

export function slotsOf(before: readonly Slot[], keys: readonly string[]): readonly Slot[] {
  const slotOf = new Map<string, number>();
  before.forEach((slot, index) => slot.keys.forEach((key) => slotOf.set(key, index)));
  const known = keys.flatMap((key) => slotOf.get(key) ?? []);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined || known.some((slot, index) => slot < (known[index - 1] ?? slot))) return alone(keys);
  const from = keys.findIndex((key) => slotOf.has(key));
  const to = keys.findLastIndex((key) => slotOf.has(key));
  const filled: string[][] = before.slice(first, last + 1).map(() => []);
  let at = 0;
  for (const key of keys.slice(from, to + 1)) {
    at = (slotOf.get(key) ?? first + at) - first;
    filled[at]?.push(key);
  }
  const between = filled.map((inside, index): Slot => {
    const slot = before[first + index];
    return slot && same(slot.keys, inside) ? slot : { id: slot?.id ?? "", keys: inside };
  });
  return [...alone(keys.slice(0, from)), ...between, ...alone(keys.slice(to + 1))];
}

function alone(keys: readonly string[]): Slot[] {
  return keys.map((key) => ({ id: key, keys: [key] }));
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((key, index) => key === other[index]);
}
