import { Inbox } from "lucide-react";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card, Empty } from "~/kit/primitives/Card.tsx";
import { PaneSubtitle, PaneTitle } from "~/kit/primitives/PaneTitle.tsx";
import { Section, Specimen } from "../Specimen.tsx";

export function Surfaces() {
  return (
    <Section title="Surfaces">
      <Specimen title="Card">
        <Card title="This browser" about="Logged in since Monday." level={3} actions={<><Button look="solid">Rename</Button><Button>Log out</Button></>}>
          <p>What belongs together stands in a card.</p>
        </Card>
        <Card>
          <p>A card with nothing but a text.</p>
        </Card>
      </Specimen>
      <Specimen title="Empty">
        <Empty icon={<Inbox />} title="No chats yet" action={<Button look="solid">Add a contact</Button>}>
          Chats with people of any node stand here.
        </Empty>
      </Specimen>
      <Specimen title="PaneTitle and PaneSubtitle">
        <div className="specimen-list">
          <div className="list-head">
            <PaneTitle>Chats</PaneTitle>
          </div>
          <PaneSubtitle>Pinned</PaneSubtitle>
        </div>
      </Specimen>
    </Section>
  );
}
