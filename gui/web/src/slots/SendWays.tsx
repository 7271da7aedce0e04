import { Button } from "~/kit/primitives/Button.tsx";
import { slots } from "./slots.ts";
import type { Outgoing } from "./types.ts";

// SendWays are the other ways for what a dialog makes, beside the button that sends it. There is no message while what was
// filled in is wrong; the dialog says so.
export function SendWays({ message, onDone }: { message(): Outgoing | undefined; onDone(): void }) {
  return slots("sendWays").map((way) => (
    <Button key={way.id} icon={way.icon} aria-haspopup="menu"
      onClick={(event) => {
        const made = message();
        if (made) way.send(() => made, event.currentTarget, onDone);
      }}>
      {way.label()}
    </Button>
  ));
}
