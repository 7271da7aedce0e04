import { lazy, Suspense, useEffect, useState } from "react";
import { LiveRegions } from "~/kit/a11y/live.tsx";
import { useStore } from "~/stream/store.ts";
import { boot, type Boot } from "./boot.ts";
import { Boundary } from "./boundaries/Boundary.tsx";
import { Entry } from "./entry/Entry.tsx";
import { Insecure, Silent } from "./entry/Trouble.tsx";

const Shell = lazy(() => import("./shell/Shell.tsx"));

const RETRY = 2000;

export function App() {
  const [state, setState] = useState<Boot>({ at: "starting" });
  const signedIn = useStore((now) => now.me !== undefined);
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout>;
    const attempt = async () => {
      const next = await boot();
      if (gone) return;
      setState(next);
      if (next.at === "silent") timer = setTimeout(() => void attempt(), RETRY);
    };
    void attempt();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);
  return (
    <>
      <LiveRegions />
      <Boundary name={state.at}>
        {state.at === "insecure" ? (
          <Insecure />
        ) : state.at === "silent" ? (
          <Silent />
        ) : signedIn ? (
          <Suspense>
            <Shell />
          </Suspense>
        ) : (
          state.at === "ready" && (
            <Entry setup={state.setup} onClaimed={() => setState({ at: "ready", setup: { ...state.setup, claimed: true } })} />
          )
        )}
      </Boundary>
    </>
  );
}
