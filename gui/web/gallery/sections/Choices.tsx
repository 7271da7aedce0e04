import { Globe, Lock, Users } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Choice, Switch } from "~/kit/primitives/Choice.tsx";
import { Options } from "~/kit/primitives/Options.tsx";
import { Picker } from "~/kit/primitives/Picker.tsx";
import { Select } from "~/kit/primitives/Select.tsx";
import { PEOPLE } from "../sample.ts";
import { Section, Specimen } from "../Specimen.tsx";

type Size = "small" | "usual" | "large";
type Who = "all" | "known" | "none";

const SIZES: readonly { value: Size; label: string }[] = [
  { value: "small", label: "Small" },
  { value: "usual", label: "Usual" },
  { value: "large", label: "Large" },
];

const WHO: readonly { value: Who; label: string; about?: string; icon: ReactNode }[] = [
  { value: "all", label: "Everybody", about: "People of any node may write.", icon: <Globe aria-hidden="true" /> },
  { value: "known", label: "Contacts", about: "Who is no contact of yours asks first, which takes a sentence that is longer than one line.", icon: <Users aria-hidden="true" /> },
  { value: "none", label: "Nobody", icon: <Lock aria-hidden="true" /> },
];

export function Choices() {
  const [size, setSize] = useState<Size>("usual");
  const [who, setWho] = useState<Who>("known");
  const [on, setOn] = useState(true);
  const [off, setOff] = useState(false);
  const [chosen, setChosen] = useState<readonly string[]>(["p1", "p4"]);
  return (
    <Section title="Choices">
      <Specimen title="Switch">
        <Switch label="On" checked={on} onChange={setOn} />
        <Switch label="Off" about="With a sentence that says what it does." checked={off} onChange={setOff} />
        <Switch label="On and disabled" checked disabled onChange={() => {}} />
        <Switch label="Off and disabled" checked={false} disabled onChange={() => {}} />
      </Specimen>
      <Specimen title="Choice">
        <Choice label="Text size" value={size} options={SIZES} onChange={(next) => setSize(next)} />
      </Specimen>
      <Specimen title="Select">
        <Select label="Size" value={size} options={SIZES} onChange={(next) => setSize(next)} />
        <Select label="Disabled" value="usual" options={SIZES} disabled onChange={() => {}} />
      </Specimen>
      <Specimen title="Options">
        <Options label="Who may write" value={who} options={WHO} hint="You can change this later." onChange={(next) => setWho(next)} />
      </Specimen>
      <Specimen title="Options, disabled">
        <Options label="Who may read" value="all" options={WHO} disabled onChange={() => {}} />
      </Specimen>
      <Specimen title="Picker">
        <Picker label="People" searchLabel="Search people by name" noneLabel="Nobody by that name" removeLabel={(name) => `Remove ${name}`} items={PEOPLE} chosen={chosen}
          onChange={setChosen} />
      </Specimen>
      <Specimen title="Picker, few and none">
        <Picker label="Few people" searchLabel="Search few" noneLabel="Nobody yet" removeLabel={(name) => `Take ${name} out`} items={PEOPLE.slice(0, 3)} chosen={[]} onChange={() => {}} />
        <Picker label="No people" searchLabel="Search none" noneLabel="Nobody yet" removeLabel={(name) => name} items={[]} chosen={[]} onChange={() => {}} />
      </Specimen>
    </Section>
  );
}
