import { useState } from "react";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Badge, DotBadge } from "~/kit/primitives/Badge.tsx";
import { VirtualList } from "~/kit/virtual/VirtualList.tsx";
import "~/kit/primitives/list.css";
import { PEOPLE } from "../sample.ts";
import { Section, Specimen } from "../Specimen.tsx";

const FILTERS = ["All", "Unread", "Groups"];
const MANY = Array.from({ length: 1000 }, (_, index) => ({ ...PEOPLE[index % PEOPLE.length], id: `p${index}`, name: `${PEOPLE[index % PEOPLE.length]?.name ?? ""} ${index + 1}` }));

export function Lists() {
  const [filter, setFilter] = useState("All");
  return (
    <Section title="Lists">
      <Specimen title="Filters and rows: chosen, unread, muted, plain">
        <div className="specimen-list">
          <div className="list-filter" role="group" aria-label="Filter">
            {FILTERS.map((one) => (
              <button key={one} type="button" aria-pressed={one === filter} onClick={() => setFilter(one)}>
                {one}
              </button>
            ))}
          </div>
          <Row name="Ana Roth" seed="p1" preview="This one is open" chosen />
          <Row name="Ben Okafor" seed="p2" preview="Two that nobody has read" unread={2} />
          <Row name="Library readers" seed="g1" preview="Much, and muted" unread={120} quiet />
          <Row name="A name that is much too long for the room that a row has" seed="p4" preview="So is the text below it, which goes on and on" marked />
          <Row name="Eun-ji Park" seed="p5" preview="All read" />
        </div>
      </Specimen>
      <Specimen title="VirtualList of a thousand">
        <div className="specimen-list">
          <VirtualList label="Thousand people" items={MANY} keyOf={(item) => item.id}
            row={(item, { tabbable }) => (
              <a href="#root" className="list-row" data-roving="" tabIndex={tabbable ? 0 : -1}>
                <Avatar name={item.name} seed={item.id} />
                <span className="list-row-main">
                  <bdi className="list-row-name">{item.name}</bdi>
                </span>
              </a>
            )} />
        </div>
      </Specimen>
    </Section>
  );
}

interface RowProps {
  name: string;
  seed: string;
  preview: string;
  unread?: number;
  quiet?: boolean;
  marked?: boolean;
  chosen?: boolean;
}

function Row({ name, seed, preview, unread = 0, quiet = false, marked = false, chosen = false }: RowProps) {
  return (
    <a href="#root" className="list-row" aria-current={chosen ? "page" : undefined} data-unread={unread > 0 || marked ? "" : undefined}>
      <Avatar name={name} seed={seed} shape={seed.startsWith("g") ? "square" : "round"} />
      <span className="list-row-main">
        <span className="list-row-top">
          <bdi className="list-row-name">{name}</bdi>
          <time className="list-row-time">14:03</time>
        </span>
        <span className="list-row-bottom">
          <span className="list-row-preview">{preview}</span>
          <Badge count={unread} label={`${unread} unread`} quiet={quiet} />
          {marked && <DotBadge label="Marked as unread" />}
        </span>
      </span>
    </a>
  );
}
