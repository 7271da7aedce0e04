// The picker of emoji: used last, kinds, search, skin tone. It is drawn in a popup and loaded when it is first wanted.
import { Clock, Cat, Coffee, Flag, Hand, Lightbulb, Plane, Smile, Sparkles, Star, Volleyball } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { Button } from "../primitives/Button.tsx";
import { Spinner } from "../primitives/Spinner.tsx";
import { StillPicture } from "../StillPicture.tsx";
import { chooseTone, chosenTone, recentEmoji, usedEmoji } from "./recent.ts";
import { emojiTable, findEmoji, TONES, withTone, type EmojiGroup, type GroupId, type Tone } from "./table.ts";
import { t } from "./text.ts";
import "./picker.css";

// Custom is an emoji that is a picture of its own.
export interface Custom {
  readonly name: string; // between colons
  readonly url: string; // shows its picture
}

interface EmojiPickerProps {
  custom?: readonly Custom[];
  onPick(emoji: string): void; // an emoji, or the name of a custom one
}

interface Shown {
  readonly text: string;
  readonly name: string;
  readonly url?: string;
}

type Section = "recent" | "custom" | GroupId;

const RECENT = 24;
const MOST = 96;

const ICONS: Readonly<Record<Section, ReactNode>> = {
  recent: <Clock />,
  custom: <Sparkles />,
  smileys_emotion: <Smile />,
  people_body: <Hand />,
  animals_nature: <Cat />,
  food_drink: <Coffee />,
  travel_places: <Plane />,
  activities: <Volleyball />,
  objects: <Lightbulb />,
  symbols: <Star />,
  flags: <Flag />,
};

export default function EmojiPicker({ custom = [], onPick }: EmojiPickerProps) {
  const [groups, setGroups] = useState<readonly EmojiGroup[]>();
  const [failed, setFailed] = useState(false);
  const [query, setQuery] = useState("");
  const [hasty, setHasty] = useState(false);
  const [section, setSection] = useState<Section>("recent");
  const [tone, setTone] = useState<Tone>(chosenTone);
  const grid = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!matchMedia("(hover: none)").matches) field.current?.focus(); // on a phone the keys would cover the picker
  }, []);
  useEffect(() => {
    if (!failed) emojiTable().then(setGroups, () => setFailed(true));
  }, [failed]);
  const shown = useMemo(() => list(groups ?? [], custom, query, section, tone), [groups, custom, query, section, tone]);
  const pick = (emoji: string) => {
    usedEmoji(emoji);
    onPick(emoji);
  };
  // Enter may be pressed before the table is there.
  const soon = hasty && groups ? shown[0]?.text : undefined;
  useEffect(() => {
    if (soon !== undefined) pick(soon);
  }, [soon]);
  const first = () => grid.current?.querySelector<HTMLElement>("button");
  const onSearchKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") first()?.focus();
    else if (event.key === "Enter" && shown[0]) pick(shown[0].text);
    else if (event.key === "Enter" && !groups) setHasty(true);
    else return;
    event.preventDefault();
  };
  const sections: readonly Section[] = ["recent", ...(custom.length > 0 ? (["custom"] as const) : []), ...(groups ?? []).map((one) => one.id)];
  const title = query.trim() === "" ? t(section) : t("found");
  return (
    <div className="emoji-picker">
      <div className="emoji-picker-head">
        <input ref={field} type="search" className="emoji-search" aria-label={t("search")} placeholder={t("search")} value={query} onKeyDown={onSearchKey}
          onChange={(event) => setQuery(event.target.value)} autoComplete="off" spellCheck={false} />
        <ToneChoice tone={tone} onTone={setTone} />
      </div>
      <div className="emoji-tabs" role="group" aria-label={t("groups")}>
        {sections.map((one) => (
          <button key={one} type="button" aria-label={t(one)} title={t(one)} aria-pressed={query === "" && one === section}
            onClick={() => {
              setQuery("");
              setSection(one);
            }}>
            {ICONS[one]}
          </button>
        ))}
      </div>
      <p className="emoji-section small muted" aria-hidden="true">{title}</p>
      <div ref={grid} className="emoji-grid" role="group" aria-label={title} onKeyDown={onGridKey}>
        {shown.map((one, index) => (
          <button key={one.text} type="button" tabIndex={index === 0 ? 0 : -1} title={one.name} onClick={() => pick(one.text)}>
            {one.url === undefined ? <span aria-hidden="true">{one.text}</span> : <StillPicture url={one.url} />}
            <span className="sr-only">{one.name}</span>
          </button>
        ))}
      </div>
      {!groups && !failed && <Spinner />}
      {groups && shown.length === 0 && <p className="emoji-none muted">{t("none")}</p>}
      {failed && !groups && (
        <div role="alert" className="emoji-none">
          <p>{t("failed")}</p>
          <Button onClick={() => setFailed(false)}>{t("again")}</Button>
        </div>
      )}
    </div>
  );
}

function ToneChoice({ tone, onTone }: { tone: Tone; onTone(tone: Tone): void }) {
  const next = TONES[(TONES.indexOf(tone) + 1) % TONES.length] ?? "";
  const name = t(`tone.${TONES.indexOf(tone) as 0}`);
  return (
    <button type="button" className="emoji-tone" title={name}
      onClick={() => {
        chooseTone(next);
        onTone(next);
      }}>
      <span aria-hidden="true">{`✋${tone}`}</span>
      <span className="sr-only">{`${t("tone")}: ${name}`}</span>
    </button>
  );
}

function list(groups: readonly EmojiGroup[], custom: readonly Custom[], query: string, section: Section, tone: Tone): Shown[] {
  const own = custom.map(({ name, url }) => ({ text: name, name, url }));
  if (query.trim() !== "") {
    const word = query.trim().toLowerCase();
    const found = findEmoji(groups, query, MOST).map((one) => ({ text: withTone(one, tone), name: one.name }));
    return [...own.filter((one) => one.name.includes(word)), ...found].slice(0, MOST);
  }
  if (section === "custom") return own;
  if (section !== "recent") return (groups.find((one) => one.id === section)?.emoji ?? []).map((one) => ({ text: withTone(one, tone), name: one.name }));
  return recentEmoji(RECENT).flatMap((text): Shown[] => {
    if (text.startsWith(":")) return own.filter((one) => one.text === text);
    return [{ text, name: nameOf(groups, text) }];
  });
}

function nameOf(groups: readonly EmojiGroup[], text: string): string {
  for (const group of groups) {
    const found = group.emoji.find((one) => one.text === text || TONES.some((tone) => withTone(one, tone) === text));
    if (found) return found.name;
  }
  return text;
}

// onGridKey moves in the grid; how many stand in a line follows from where they are.
function onGridKey(event: KeyboardEvent<HTMLElement>): void {
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
  const now = all.findIndex((one) => one === document.activeElement);
  const top = all[now]?.offsetTop;
  if (top === undefined) return;
  const line = all.filter((one) => one.offsetTop === all[0]?.offsetTop).length;
  const rtl = getComputedStyle(event.currentTarget).direction === "rtl";
  const side = rtl ? -1 : 1;
  const step = { ArrowRight: side, ArrowLeft: -side, ArrowDown: line, ArrowUp: -line, Home: -now, End: all.length - 1 - now }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  if (event.key === "ArrowUp" && now < line) {
    event.currentTarget.closest(".emoji-picker")?.querySelector<HTMLElement>("input")?.focus();
    return;
  }
  all[Math.min(now + step, all.length - 1)]?.focus();
}
