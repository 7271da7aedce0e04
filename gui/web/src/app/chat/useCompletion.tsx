// Offers what the word before the caret may become: people, emoji, commands.
import { useEffect, useId, useState, type KeyboardEvent, type ReactNode, type RefObject } from "react";
import { slots } from "~/slots/slots.ts";
import type { Completed, Completion, Compose } from "~/slots/types.ts";
import { t } from "../text.ts";
import { wordAt, type Word } from "./words.ts";
import "./completion.css";

interface Offer {
  readonly word: Word;
  readonly items: readonly Completed[];
}

const MOST = 8;

export function useCompletion(compose: Compose, area: RefObject<HTMLTextAreaElement | null>) {
  const id = useId();
  const [caret, setCaret] = useState(-1);
  const [offer, setOffer] = useState<Offer>();
  const [chosen, setChosen] = useState(0);
  const [closed, setClosed] = useState(-1); // where the word begins that nothing is offered for
  const { conversation, text } = compose;
  useEffect(() => {
    const word = wordAt(text, caret, slots("completions"));
    if (word === undefined || word.from === closed) {
      setOffer(undefined);
      if (word === undefined) setClosed(-1);
      return;
    }
    let gone = false;
    void find(word, conversation).then((items) => {
      if (gone) return;
      setOffer(items.length > 0 ? { word, items } : undefined);
      setChosen(0);
    });
    return () => {
      gone = true;
    };
  }, [text, caret, conversation, closed]);

  const take = (item: Completed | undefined) => {
    if (!offer || !item) return;
    compose.replace(offer.word.from, offer.word.to, item.insert);
    setOffer(undefined);
    setCaret(-1);
    item.chosen?.();
  };
  // onKeyDown tells whether the key was for the list.
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (!offer || event.ctrlKey || event.altKey || event.metaKey) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setChosen((offer.items.length + chosen + step) % offer.items.length);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) take(offer.items[chosen]);
    else if (event.key === "Escape") {
      setClosed(offer.word.from);
      setOffer(undefined);
    } else return false;
    event.preventDefault();
    return true;
  };
  const list: ReactNode = offer && (
    <ul className="completion" id={id} role="listbox" aria-label={t("composer.completion")}>
      {offer.items.map((item, index) => (
        <li key={item.key} id={`${id}-${index}`} role="option" aria-selected={index === chosen}
          onMouseDown={(event) => event.preventDefault()} onClick={() => take(item)}>
          {item.icon}
          <bdi>{item.label}</bdi>
          {item.detail !== undefined && <span className="muted small">{item.detail}</span>}
        </li>
      ))}
    </ul>
  );
  return {
    list,
    onKeyDown,
    onCaret: () => setCaret(area.current && area.current.selectionStart === area.current.selectionEnd ? area.current.selectionStart : -1),
    box: offer ? { "aria-controls": id, "aria-activedescendant": `${id}-${chosen}`, "aria-autocomplete": "list" as const } : {},
  };
}

async function find(word: Word, conversation: string): Promise<readonly Completed[]> {
  const found = await Promise.all(word.by.map(async (one: Completion) => one.find(word.typed, conversation)));
  return found.flat().slice(0, MOST);
}
