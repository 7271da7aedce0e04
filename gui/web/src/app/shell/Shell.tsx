import { lazy, Suspense, useEffect } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { useRegionKeys } from "~/kit/a11y/regions.ts";
import { unreadTotal } from "~/stream/selectors.ts";
import { DialogHost } from "~/slots/dialogs.tsx";
import { hang, slots } from "~/slots/slots.ts";
import { useStore } from "~/stream/store.ts";
import { features } from "../features.ts";
import { ChatPages } from "../chat/ChatPages.tsx";
import { Overlays } from "../palette/Overlays.tsx";
import { t } from "../text.ts";
import { FullBar, LinkBar } from "./LinkBar.tsx";
import { invitationAt, useAddress } from "./address.ts";
import { Rail } from "./Rail.tsx";
import { Lost } from "./Lost.tsx";
import { UpdateBar } from "./UpdateBar.tsx";
import "./shell.css";

hang(features);

// What is not seen first is read when it is opened.
const ContactPages = lazy(async () => ({ default: (await import("../contacts/ContactPages.tsx")).ContactPages }));
const AdminPages = lazy(() => import("../admin/AdminPages.tsx").then((module) => ({ default: module.AdminPages })));
const FindGroups = lazy(async () => ({ default: (await import("../groups/GroupPages.tsx")).FindGroups }));
const JoinGroup = lazy(async () => ({ default: (await import("../groups/GroupPages.tsx")).JoinGroup }));
const NewGroup = lazy(async () => ({ default: (await import("../groups/GroupPages.tsx")).NewGroup }));
const SettingsPages = lazy(() => import("../settings/SettingsPages.tsx").then((module) => ({ default: module.SettingsPages })));

// Shell is the frame of the signed-in page: rail, and one section beside it.
export default function Shell() {
  const [path] = useLocation();
  useRegionKeys();
  useTitle();
  useFocusKept(path);
  return (
    <div className="shell">
      <a className="skip" href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>("#main [data-region-focus], #main")?.focus();
        }}>
        {t("skip")}
      </a>
      <FullBar />
      <Rail path={path} />
      <Suspense>
        <Switch>
          <Route path="/settings/:section?">{({ section }) => <SettingsPages section={section} />}</Route>
          <Route path="/admin/:section?">{({ section }) => <AdminPages section={section} />}</Route>
          <Route path="/contacts/:acct?">{({ acct }) => <ContactPages acct={acct} />}</Route>
          <Route path="/c/:id">{({ id }) => <ChatPages id={id} />}</Route>
          <Route path="/new/group">
            <NewGroup kind="group" />
          </Route>
          <Route path="/new/channel">
            <NewGroup kind="channel" />
          </Route>
          <Route path="/groups">
            <FindGroups />
          </Route>
          <Route path="/j">
            <Joining />
          </Route>
          <Route path="/i">
            <ContactPages acct={undefined} link={invitationAt(location.href)} />
          </Route>
          <Route path="/">
            <ChatPages id={undefined} />
          </Route>
          {slots("pages").map(({ id, path: at, Page }) => (
            <Route key={id} path={at}>
              {(params) => <Page params={params as Record<string, string | undefined>} />}
            </Route>
          ))}
          {["/setup", "/unlock", "/join", "/recover"].map((one) => (
            <Route key={one} path={one}>
              <Redirect to="/" replace />
            </Route>
          ))}
          <Route>
            <Lost />
          </Route>
        </Switch>
      </Suspense>
      <LinkBar />
      <UpdateBar />
      <Overlays />
      {slots("overlays").map((Overlay, index) => (
        <Overlay key={index} />
      ))}
      <DialogHost />
    </div>
  );
}

// Joining shows where a link into a group leads.
function Joining() {
  return <JoinGroup link={invitationAt(useAddress())} />;
}

// Another section takes the focused element with it; the focus then goes to the new main pane, once it is there, instead of back
// to the top of the page.
function useFocusKept(path: string): void {
  useEffect(() => {
    // What is hidden while the next section is read keeps the focus for a moment, and then loses it.
    const stands = () => document.activeElement !== document.body && document.activeElement?.getClientRects().length !== 0;
    const kept = () => {
      if (!stands()) document.getElementById("main")?.focus({ preventScroll: true });
      return stands();
    };
    const coming = new MutationObserver(() => {
      if (kept()) coming.disconnect();
    });
    const frame = requestAnimationFrame(() => {
      if (!kept()) coming.observe(document.body, { childList: true, subtree: true });
    });
    return () => {
      cancelAnimationFrame(frame);
      coming.disconnect();
    };
  }, [path]);
}

function useTitle(): void {
  const count = useStore(unreadTotal);
  useEffect(() => {
    document.title = count > 0 ? t("title.unread", { count, title: t("app") }) : t("app");
  }, [count]);
}
