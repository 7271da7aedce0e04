import { Ban, Check, Pin, Plus, Send } from "lucide-react";
import { Button, IconButton } from "~/kit/primitives/Button.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { Section, Specimen } from "../Specimen.tsx";

const LOOKS = ["solid", "soft", "plain", "danger"] as const;

export function Buttons() {
  return (
    <Section title="Buttons">
      {LOOKS.map((look) => (
        <Specimen key={look} title={`Button, ${look}`}>
          <Button look={look}>Save</Button>
          <Button look={look} icon={<Check />}>With icon</Button>
          <Button look={look} busy>Busy</Button>
          <Button look={look} disabled>Disabled</Button>
        </Specimen>
      ))}
      <Specimen title="Button, wide">
        <Button look="solid" wide icon={<Plus />}>Make an account</Button>
        <Button wide>A label so long that it does not fit into one line of a narrow card and has to break somewhere</Button>
      </Specimen>
      <Specimen title="IconButton">
        <IconButton label="Send" icon={<Send className="mirrored" />} />
        <IconButton label="Pinned" aria-pressed icon={<Pin />} />
        <IconButton label="Not allowed" disabled icon={<Ban />} />
      </Specimen>
      <Specimen title="Spinner">
        <Spinner />
        <span>Loading</span>
      </Specimen>
    </Section>
  );
}
