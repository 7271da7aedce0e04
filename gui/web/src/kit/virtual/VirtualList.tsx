import { useEffect, useRef, useState, type ReactElement } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { useRoving } from "../a11y/roving.ts";

interface VirtualListProps<Item> {
  label: string;
  items: readonly Item[];
  keyOf(item: Item): string;
  // `tabbable` names the one item that the Tab key reaches.
  row(item: Item, place: { tabbable: boolean }): ReactElement;
  onEnd?(): void; // the end of what there is comes into sight
  className?: string;
}

const NEAR_END = 8;

// VirtualList draws the rows in sight of a list that may be thousands long.
// Its items carry data-roving: one stop of the Tab key, arrows inside.
export function VirtualList<Item>({ label, items, keyOf, row, onEnd, className }: VirtualListProps<Item>) {
  const engine = useRef<VirtualizerHandle>(null);
  const roving = useRoving<HTMLDivElement>();
  const [focused, setFocused] = useState<string>();
  const found = items.findIndex((item) => keyOf(item) === focused);
  const stop = Math.max(0, found);
  const look = () => {
    const handle = engine.current;
    if (!handle || !onEnd) return;
    if (handle.findItemIndex(handle.scrollOffset + handle.viewportSize) >= items.length - NEAR_END) onEnd();
  };
  useEffect(() => {
    const frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, [items]);
  return (
    <div className={`virtual-list ${className ?? ""}`} {...roving}>
      <div role="list" aria-label={label}>
        <Virtualizer ref={engine} scrollRef={roving.ref} onScroll={look} keepMounted={items.length > 0 ? [stop] : []} bufferSize={400}>
          {items.map((item, index) => (
            <div key={keyOf(item)} role="listitem" aria-posinset={index + 1} aria-setsize={onEnd ? -1 : items.length}
              onFocus={() => setFocused(keyOf(item))}>
              {row(item, { tabbable: index === stop })}
            </div>
          ))}
        </Virtualizer>
      </div>
    </div>
  );
}
