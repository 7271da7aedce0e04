import { useState } from "react";
import { say, sayNow, toast } from "~/kit/a11y/live.tsx";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Excerpt } from "~/kit/primitives/Excerpt.tsx";
import { MessageScroller } from "~/kit/virtual/MessageScroller.tsx";
import { Section, Specimen } from "../Specimen.tsx";

const ROWS = Array.from({ length: 200 }, (_, index) => `row ${index + 1}`);
const AT = "2024-03-01T14:03:00Z";
const TONES = ["info", "success", "warning", "danger"] as const;

export function Messages() {
  const [keys, setKeys] = useState<readonly string[]>(ROWS);
  const nothing = () => {};
  return (
    <Section title="What is said">
      <Specimen title="Alert">
        {TONES.map((tone) => (
          <Alert key={tone} tone={tone}>
            This is {tone}: something that one should read, with <a href="#root">a link</a> in it.
          </Alert>
        ))}
      </Specimen>
      <Specimen title="LiveRegions: toasts and what is read out">
        <Button onClick={() => toast("The message was pinned.")}>Toast</Button>
        <Button onClick={() => toast("The chat was archived.", { label: "Undo", run: nothing })}>Toast with an action</Button>
        <Button onClick={() => say("Said when the reader is free")}>Say</Button>
        <Button onClick={() => sayNow("Said at once")}>Say now</Button>
      </Specimen>
      <Specimen title="Excerpt">
        <Excerpt author="Ana Roth" seed="p1" title="Library readers" at={AT} text="Who brings the keys on Thursday?" fresh="New" onOpen={nothing} />
        <Excerpt author="Ben Okafor" seed="p2" at={AT} text={"A long text that goes on ".repeat(12)} note="3 answers" onOpen={nothing} />
      </Specimen>
      <Specimen title="MessageScroller">
        <Button onClick={() => setKeys([...keys, `row ${keys.length + 1}`])}>One more</Button>
        <div className="specimen-list specimen-feed">
          <MessageScroller keys={keys} startAt={undefined} label="Messages" busy={false} more={false} onReachTop={nothing} onReachBottom={nothing} onAtBottom={nothing}
            onLeave={nothing} onSeen={nothing} onTop={nothing}
            row={(key, { index, tabbable }) => (
              <article data-row={key} tabIndex={tabbable ? 0 : -1} aria-label={key} aria-posinset={index + 1} aria-setsize={keys.length} className="specimen-row">
                {key}
              </article>
            )} />
        </div>
      </Specimen>
    </Section>
  );
}
