// Telling others where one is while one goes.
import { ApiError } from "~/api/errors.ts";
import { api, call } from "~/api/http.ts";
import { getState } from "~/stream/store.ts";
import { setOwn, type Going } from "./live.ts";

export const MINUTES = ["15", "60", "480"] as const;
export type Minutes = (typeof MINUTES)[number];

const EVERY = 10_000; // milliseconds between two moves

// begin has the page tell of moves once the message is there.
export function begin(conversation: string, until: string): void {
  setOwn((own) => [...own, { conversation, until }]);
}

export async function end(message: string, conversation: string): Promise<void> {
  setOwn((own) => own.filter((one) => one.message !== message));
  await call(api.POST("/api/v1/conversations/{conversation}/messages/{message}/location/end", { params: { path: { conversation, message } } }));
}

// messageOf finds the message of a live location that was just sent: no other one ends at the same millisecond.
export function messageOf(going: Going): string | undefined {
  const { rows, me } = getState();
  const row = Object.values(rows).find(
    (one) => one.id !== "" && one.conversation === going.conversation && one.author === me?.acct && Date.parse(one.location?.live_until ?? "") === Date.parse(going.until),
  );
  return row?.id;
}

// follow tells of moves until it is stopped.
export function follow(own: () => readonly Going[]): () => void {
  let last: GeolocationCoordinates | undefined;
  const said = new Map<string, number>();
  const tell = () => {
    const now = Date.now();
    for (const { conversation, message } of own()) {
      if (!last || message === undefined || now - (said.get(message) ?? 0) < EVERY) continue;
      said.set(message, now);
      void move(conversation, message, last);
    }
  };
  const watch = navigator.geolocation.watchPosition(
    ({ coords }) => {
      last = coords;
      tell();
    },
    () => undefined, // it goes on once the device knows again
    { enableHighAccuracy: true, maximumAge: EVERY },
  );
  const timer = setInterval(() => {
    setOwn((all) => (all.some(over) ? all.filter((one) => !over(one)) : all));
    tell();
  }, 1000);
  return () => {
    navigator.geolocation.clearWatch(watch);
    clearInterval(timer);
  };
}

const over = ({ until }: Going) => Date.parse(until) <= Date.now();

async function move(conversation: string, message: string, { latitude, longitude, accuracy }: GeolocationCoordinates): Promise<void> {
  try {
    const body = { latitude, longitude, accuracy: Math.min(20_000_000, Math.ceil(accuracy)) };
    await call(api.POST("/api/v1/conversations/{conversation}/messages/{message}/location", { params: { path: { conversation, message } }, body }));
  } catch (error) {
    // It is over, or was deleted: another client may have ended it. What did not get through is told of next time.
    if (error instanceof ApiError && [403, 404, 409].includes(error.status)) setOwn((own) => own.filter((one) => one.message !== message));
  }
}
