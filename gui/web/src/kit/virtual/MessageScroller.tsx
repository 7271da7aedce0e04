// A scroller for a conversation. It keeps the reading position: at the bottom
// it follows new rows, elsewhere nothing that happens above or below moves
// what is being read. The engine behind it is nobody else's business.
import {
  Fragment,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactElement,
  type Ref,
} from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { slotsOf, type Slot } from "./slots.ts";
import "./scroller.css";

export interface MessageScrollerHandle {
  toBottom(): void;
  toKey(key: string): void; // into the middle, with the focus
  focusNewest(): void;
}

export interface RowPlace {
  index: number;
  // The one row that the Tab key reaches.
  tabbable: boolean;
}

interface MessageScrollerProps {
  keys: readonly string[];
  // Where reading starts, a quarter from the top; at the bottom without it.
  startAt: string | undefined;
  label: string;
  busy: boolean;
  more: boolean; // there are rows below the last key: the end is not the end
  row(key: string, place: RowPlace): ReactElement;
  onReachTop(): void;
  onReachBottom(): void;
  onAtBottom(atBottom: boolean): void;
  // Escape on a row: the focus goes back to where one writes.
  onLeave(): void;
  // The last row of which at least half is to be seen, and the first that is to be seen at all.
  onSeen(key: string): void;
  onTop(key: string): void;
  ref?: Ref<MessageScrollerHandle>;
}

const STICK = 48;
const FRAMES = 120; // in which a row is drawn that the list went to, on a busy machine
const NEAR_TOP = 600; // pixels from an edge at which more is read
const INNER = "button, a[href]"; // what the keys reach inside of a row

export function MessageScroller(props: MessageScrollerProps) {
  const { keys, onReachTop, onReachBottom, onAtBottom, onSeen, onTop } = props;
  const view = useRef<HTMLDivElement>(null);
  const engine = useRef<VirtualizerHandle>(null);
  const before = useRef<readonly Slot[]>([]);
  const ids = useRef<readonly string[]>([]);
  const life = useRef(0);
  const top = useRef<{ key: string; within: number }>(undefined);
  const sticky = useRef(props.startAt === undefined);
  const sought = useRef<string>(undefined); // the row that shall have the focus once it is drawn
  const placed = useRef(false);
  const offset = useRef(0);
  const [focused, setFocused] = useState<string>();
  const { slots, slotIds, engineLife, held } = useMemo(() => {
    const next = slotsOf(before.current, keys);
    const names = next.map(({ id }) => id);
    if (!isTorn(ids.current, names)) return { slots: next, slotIds: names, engineLife: life.current, held: undefined };
    const active = document.activeElement;
    const focus = active instanceof HTMLElement && view.current?.contains(active) ? active.dataset["row"] : undefined;
    return { slots: slotsOf([], keys), slotIds: keys, engineLife: life.current + 1, held: { ...top.current, focus } };
  }, [keys]);
  const indexOf = useMemo(() => new Map(keys.map((key, index) => [key, index])), [keys]);
  const slotOf = useMemo(() => new Map(slots.flatMap((slot, index) => slot.keys.map((key) => [key, index] as const))), [slots]);
  const shift = isShift(ids.current, slotIds);
  const more = useRef(props.more);
  more.current = props.more;
  const focusedIndex = focused === undefined ? -1 : (indexOf.get(focused) ?? -1);

  useLayoutEffect(() => {
    const first = !placed.current && keys.length > 0;
    before.current = slots;
    ids.current = slotIds;
    const anew = engineLife !== life.current;
    life.current = engineLife;
    if (anew && held?.focus !== undefined) focusSoon(held.focus);
    if (anew && !sticky.current) {
      const at = slotOf.get(held?.key ?? "");
      if (at !== undefined) engine.current?.scrollToIndex(at, { align: "start", offset: held?.within ?? 0 });
      return;
    }
    if (first) {
      placed.current = true;
      const start = props.startAt === undefined ? undefined : slotOf.get(props.startAt);
      if (start !== undefined) {
        const quarter = (view.current?.clientHeight ?? 0) / 4;
        engine.current?.scrollToIndex(start, { align: "start", offset: -quarter });
        return;
      }
    }
    if (sticky.current) stick();
  }, [keys]);

  useEffect(() => {
    const frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, [keys]);

  useEffect(() => {
    const element = view.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (sticky.current) stick();
      look();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  function stick() {
    const element = view.current;
    if (element && !more.current) element.scrollTop = element.scrollHeight;
  }

  function isAtEnd() {
    const handle = engine.current;
    return handle !== null && !more.current && handle.scrollSize - handle.scrollOffset - handle.viewportSize <= STICK;
  }

  function look() {
    const handle = engine.current;
    if (!handle || before.current.length === 0) return;
    const bottom = handle.scrollSize - handle.scrollOffset - handle.viewportSize;
    onAtBottom(bottom <= STICK && !more.current);
    if (placed.current && handle.scrollOffset < NEAR_TOP) onReachTop();
    if (placed.current && more.current && bottom < NEAR_TOP) onReachBottom();
    const highest = handle.findItemIndex(handle.scrollOffset);
    const first = nearest(highest, 1)?.keys[0];
    if (first !== undefined) {
      top.current = { key: first, within: handle.scrollOffset - handle.getItemOffset(highest) };
      onTop(first);
    }
    const edge = handle.scrollOffset + handle.viewportSize;
    let index = handle.findItemIndex(edge - 1);
    if (handle.getItemOffset(index) + handle.getItemSize(index) / 2 > edge) index--;
    const key = nearest(index, -1)?.keys.at(-1);
    if (key !== undefined) onSeen(key);
  }

  // nearest is the slot at an index or, where nothing is left in it, the next one with something in it.
  function nearest(index: number, step: 1 | -1): Slot | undefined {
    for (; ; index += step) {
      const slot = before.current[index];
      if (!slot || slot.keys.length > 0) return slot;
    }
  }

  function onScroll() {
    const handle = engine.current;
    if (!handle) return;
    // Only a move upwards leaves the end: rows and windows that change their
    // size scroll as well, and they must not.
    const upwards = handle.scrollOffset < offset.current - 1;
    offset.current = handle.scrollOffset;
    const gap = handle.scrollSize - handle.scrollOffset - handle.viewportSize;
    if (gap <= STICK) sticky.current = !more.current; // the end of what is there may not be the end
    else if (upwards) sticky.current = false;
    look();
  }

  // onResize runs when rows were measured: the bottom stays the bottom.
  function onResize() {
    if (sticky.current) stick();
    look();
  }

  function focusRow(index: number, align: "nearest" | "center" = "nearest") {
    const key = keys[index];
    if (key === undefined) return;
    setFocused(key);
    engine.current?.scrollToIndex(slotOf.get(key) ?? 0, { align });
    focusSoon(key);
  }

  // focusSoon waits for the row to be drawn and shown: one that is not measured yet takes no focus. It stops when another row is wanted, or when
  // somebody went elsewhere meanwhile.
  function focusSoon(key: string) {
    const from = document.activeElement;
    sought.current = key;
    const again = (frames: number) => {
      requestAnimationFrame(() => {
        const at = document.activeElement;
        if (sought.current !== key || (at !== from && at !== document.body)) return;
        const row = view.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`);
        row?.focus({ preventScroll: true });
        if (frames > 0 && (!row || document.activeElement !== row)) again(frames - 1);
        else if (isAtEnd()) sticky.current = true;
      });
    };
    again(FRAMES);
  }

  // Arrows move from row to row, Enter goes into a row, Escape out of it and
  // then out of the list.
  function onKeyDown(event: KeyboardEvent) {
    if (!(event.target instanceof HTMLElement) || event.altKey || event.ctrlKey || event.metaKey) return;
    const row = event.target.closest<HTMLElement>("[data-row]");
    if (!row || event.target.closest("dialog")) return; // what opened over the list has its own keys
    if (event.key === "Escape") {
      event.preventDefault();
      if (event.target === row) props.onLeave();
      else row.focus();
      return;
    }
    if (event.target !== row) {
      if (moveAmong(row, event.key)) event.preventDefault();
      return;
    }
    const now = indexOf.get(row.dataset["row"] ?? "") ?? -1;
    const next = { ArrowUp: now - 1, ArrowDown: now + 1, Home: 0, End: keys.length - 1 }[event.key];
    if (event.key === "Enter") row.querySelector<HTMLElement>(INNER)?.focus();
    else if (next !== undefined) focusRow(Math.max(0, Math.min(keys.length - 1, next)));
    else return;
    event.preventDefault();
  }

  useImperativeHandle(props.ref, () => ({
    toBottom() {
      sticky.current = true;
      stick();
    },
    toKey(key) {
      const index = indexOf.get(key) ?? -1;
      if (index < 0) return;
      // Who is sent elsewhere leaves the end: rows that are measured on the way must not hold the list there.
      sticky.current = false;
      focusRow(index, "center");
    },
    focusNewest: () => focusRow(keys.length - 1),
  }));

  const tabStop = focusedIndex >= 0 ? focusedIndex : keys.length - 1;
  const stopSlot = slotOf.get(keys[tabStop] ?? "");
  return (
    <div className="scroller" ref={view} onKeyDown={onKeyDown}
      onFocus={(event) => {
        const key = event.target.dataset["row"];
        if (key !== undefined) setFocused(key);
      }}>
      <div className="scroller-space" />
      {/* A feed holds articles: without any it is none. */}
      <div {...(keys.length > 0 && { role: "feed", "aria-label": props.label, "aria-busy": props.busy })}>
        <Virtualizer key={engineLife} ref={engine} scrollRef={view} shift={shift} onScroll={onScroll} onResize={onResize}
          keepMounted={stopSlot === undefined ? [] : [stopSlot]} data={slots}>
          {(slot) => (
            <div key={slot.id}>
              {slot.keys.map((key) => {
                const index = indexOf.get(key) ?? 0;
                return <Fragment key={key}>{props.row(key, { index, tabbable: index === tabStop })}</Fragment>;
              })}
            </div>
          )}
        </Virtualizer>
      </div>
    </div>
  );
}

// moveAmong has the arrows to the sides go among the buttons and links of a row.
function moveAmong(row: HTMLElement, key: string): boolean {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  const all = [...row.querySelectorAll<HTMLElement>(INNER)].filter((one) => !one.closest("dialog"));
  const now = all.findIndex((one) => one === document.activeElement);
  if (step === undefined || now < 0) return false;
  all[(now + step + all.length) % all.length]?.focus();
  return true;
}

// isTorn tells a change at both ends at once, of a list that goes on: the engine keeps its place over one of them only. Then it
// starts anew, at the row that was the highest.
export function isTorn(before: readonly string[], now: readonly string[]): boolean {
  return isShift(before, now) && before.at(-1) !== now.at(-1);
}

// isShift tells a change in front of the known rows: older ones that arrived, or the oldest that were let go.
export function isShift(before: readonly string[], now: readonly string[]): boolean {
  const [first] = before;
  const [next] = now;
  if (first === undefined || next === undefined || first === next) return false;
  return now.indexOf(first) > 0 || before.indexOf(next) > 0;
}
