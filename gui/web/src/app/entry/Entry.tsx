import { useState } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import type { Setup } from "~/api/types.ts";
import { InviteLanding } from "~/features/contact/ui/InviteLanding.tsx";
import { SignedOutGroup } from "~/features/invite/ui/SignedOutGroup.tsx";
import { Frame } from "./Frame.tsx";
import { JoinPage } from "./JoinPage.tsx";
import { RecoverPage } from "./RecoverPage.tsx";
import { SetupPage } from "./SetupPage.tsx";
import { UnlockPage } from "./UnlockPage.tsx";

const ENTRIES = ["/setup", "/unlock", "/join", "/recover"];

// Entry holds the screens before somebody is signed in. After that, the page
// goes on where the person wanted to go.
export function Entry({ setup, onClaimed }: { setup: Setup; onClaimed(): void }) {
  const [path, go] = useLocation();
  const [wanted] = useState(() => (ENTRIES.includes(path) ? "/" : `${path}${location.hash}`));
  const goOn = () => {
    onClaimed();
    go(wanted, { replace: true });
  };
  if (!setup.claimed) return <SetupPage onDone={goOn} />;
  return (
    <Switch>
      <Route path="/setup">
        <SetupPage claimed onDone={goOn} />
      </Route>
      <Route path="/join">
        <JoinPage onDone={goOn} />
      </Route>
      <Route path="/recover">
        <RecoverPage onDone={goOn} />
      </Route>
      <Route path="/unlock">
        <UnlockPage onDone={goOn} />
      </Route>
      <Route path="/i">
        <Frame>
          <InviteLanding link={location.href} signedIn={false} onBack={() => go("/")} onLogIn={() => go("/unlock")} />
        </Frame>
      </Route>
      <Route path="/j">
        <Frame>
          <SignedOutGroup link={location.href} onLogIn={() => go("/unlock")} />
        </Frame>
      </Route>
      <Route>
        <Redirect to="/unlock" replace />
      </Route>
    </Switch>
  );
}
