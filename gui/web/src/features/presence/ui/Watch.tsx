import { useEffect, useRef } from "react";
import type { Compose } from "~/slots/types.ts";
import { useSlice } from "~/stream/store.ts";
import { act } from "../presence.ts";
import { tellTyping, time, typing } from "../typing.ts";

const SIGNS = ["pointerdown", "keydown", "focus", "visibilitychange"] as const;

// Watch has entries of who writes end by themselves, and says that the person
// does something in the page.
export function Watch() {
  const writers = useSlice(typing, (part) => part);
  useEffect(time, [writers]);
  useEffect(() => {
    const sign = () => act();
    for (const name of SIGNS) window.addEventListener(name, sign, { capture: true, passive: true });
    if (document.hasFocus()) sign();
    return () => {
      for (const name of SIGNS) window.removeEventListener(name, sign, { capture: true });
    };
  }, []);
  return null;
}

// Tell says that the person writes, while the text in the box changes under its hands.
export function Tell({ compose: { conversation, text, editing } }: { compose: Compose }) {
  const before = useRef({ conversation, text });
  useEffect(() => {
    const was = before.current;
    before.current = { conversation, text };
    if (was.conversation !== conversation || was.text === text || text === "" || editing) return;
    if (document.activeElement instanceof HTMLTextAreaElement) tellTyping(conversation);
  }, [conversation, text, editing]);
  return null;
}
