import { Search, X } from "lucide-react";
import { useMemo, useState } from "react";
import { VirtualList } from "../virtual/VirtualList.tsx";
import { Avatar } from "./Avatar.tsx";
import "./picker.css";

export interface Choosable {
  id: string;
  name: string;
  note?: string;
}

interface PickerProps {
  label: string;
  searchLabel: string;
  noneLabel: string; // nothing by that name
  removeLabel(name: string): string;
  items: readonly Choosable[];
  chosen: readonly string[];
  onChange(chosen: readonly string[]): void;
}

const SEARCH_FROM = 7;

// Picker chooses some of many by name. What is chosen stands above the list
// and stays there whatever is searched for.
export function Picker({ label, searchLabel, noneLabel, removeLabel, items, chosen, onChange }: PickerProps) {
  const [typed, setTyped] = useState("");
  const shown = useMemo(() => items.filter((item) => holds(item, typed)), [items, typed]);
  const toggle = (id: string) => onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return (
    <div className="picker" role="group" aria-label={label}>
      {chosen.length > 0 && (
        <ul className="picker-chosen" aria-label={label}>
          {chosen.map((id) => {
            const item = items.find((one) => one.id === id);
            return (
              item && (
                <li key={id} className="picker-chip">
                  <Avatar name={item.name} seed={id} size="small" />
                  <bdi>{item.name}</bdi>
                  <button type="button" aria-label={removeLabel(item.name)} onClick={() => toggle(id)}>
                    <X aria-hidden="true" />
                  </button>
                </li>
              )
            );
          })}
        </ul>
      )}
      {items.length >= SEARCH_FROM && <SearchBox label={searchLabel} value={typed} onChange={setTyped} />}
      {shown.length === 0 ? (
        <p className="muted small picker-none" role="status">
          {noneLabel}
        </p>
      ) : (
        <VirtualList label={label} items={shown} keyOf={(item) => item.id} className="picker-list"
          row={(item, { tabbable }) => (
            <label className="picker-row">
              <input type="checkbox" checked={chosen.includes(item.id)} data-roving="" tabIndex={tabbable ? 0 : -1}
                aria-label={item.name} onChange={() => toggle(item.id)} />
              <Avatar name={item.name} seed={item.id} />
              <span className="picker-text">
                <bdi className="picker-name">{item.name}</bdi>
                {item.note !== undefined && <span className="muted small">{item.note}</span>}
              </span>
            </label>
          )} />
      )}
    </div>
  );
}

// SearchBox narrows a list while one types.
export function SearchBox({ label, value, onChange }: { label: string; value: string; onChange(value: string): void }) {
  return (
    <div className="searchbox">
      <Search aria-hidden="true" />
      <input type="search" value={value} aria-label={label} placeholder={label} autoComplete="off" spellCheck={false} dir="auto"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && value !== "") {
            event.preventDefault();
            onChange("");
          } else if (event.key === "Enter") event.preventDefault();
        }} />
    </div>
  );
}

function holds(item: Choosable, typed: string): boolean {
  const wanted = plain(typed.trim());
  return plain(item.name).includes(wanted) || plain(item.note ?? "").includes(wanted);
}

function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
