import { AtSign } from "lucide-react";
import { useState } from "react";
import { CopyBox } from "~/kit/primitives/CopyBox.tsx";
import { Area, Field, SecretField } from "~/kit/primitives/Field.tsx";
import { SearchBox } from "~/kit/primitives/Picker.tsx";
import { Section, Specimen } from "../Specimen.tsx";

export function Fields() {
  const [typed, setTyped] = useState("");
  return (
    <Section title="Fields">
      <Specimen title="Field">
        <Field label="Empty" placeholder="alice" />
        <Field label="Filled" defaultValue="Ana Roth" hint="Others see this name." />
        <Field label="With an end" defaultValue="ana" end={<AtSign className="specimen-sign" aria-hidden="true" />} />
      </Specimen>
      <Specimen title="Field: wrong, disabled, to be read only">
        <Field label="Wrong" defaultValue="a b" problem="A name has no spaces." />
        <Field label="Disabled" defaultValue="ana" disabled hint="The node decides." />
        <Field label="To be read only" defaultValue="ana@chat.example.org" readOnly />
      </Specimen>
      <Specimen title="SecretField">
        <SecretField label="Passphrase" defaultValue="correct horse" showLabel="Show the passphrase" hideLabel="Hide the passphrase" />
        <SecretField label="Passphrase again" defaultValue="correct" showLabel="Show the second passphrase" hideLabel="Hide the second passphrase" problem="The two differ." />
      </Specimen>
      <Specimen title="Area">
        <Area label="About" defaultValue={"Two lines\nof text"} hint="At most 200 characters." />
        <Area label="About, wrong" defaultValue="Too long" problem="That is too long." />
      </Specimen>
      <Specimen title="CopyBox">
        <CopyBox label="Link" text="https://chat.example.org/i#MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK" copyLabel="Copy" copiedLabel="Copied" />
      </Specimen>
      <Specimen title="SearchBox">
        <SearchBox label="Search people" value={typed} onChange={setTyped} />
        <SearchBox label="Search, filled" value="Ben" onChange={() => {}} />
      </Specimen>
    </Section>
  );
}
