// What the page knows of threads beside their messages: it is loaded with the first thread that is looked at.
import type { FollowedThread, Message } from "~/api/types.ts";
import { api, call } from "~/api/http.ts";
import { sliceState } from "~/stream/slices.ts";

// View is a thread that was opened.
export interface View {
  readonly root: Message | undefined; // not here, or not to be read
  readonly open: boolean; // it can be answered in
  readonly followed: boolean;
}

export interface Threads {
  readonly views: Readonly<Record<string, View>>; // by root
  readonly fresh: ReadonlySet<string>; // followed ones with something unread, by root
  readonly unread: Readonly<Record<string, number>>; // by root, as was told since the page read all; newer than what messages say
  readonly changes: number; // of the list of threads
}

export const threads = sliceState<Threads>({
  name: "thread",
  initial: { views: {}, fresh: new Set(), unread: {}, changes: 0 },
  frames: {
    message: (part, message) => withRoot(part, message),
    thread: (part, data) => withThread(part, data),
  },
  async load() {
    const page = await call(api.GET("/api/v1/threads", { params: { query: { limit: 100 } } }));
    const fresh = new Set(page.items.filter((one) => one.answers.unread > 0).map((one) => one.id));
    return (part) => ({ ...part, fresh, unread: {}, changes: part.changes + 1 });
  },
});

function withRoot(part: Threads, message: Message): Threads {
  const view = part.views[message.id];
  return view ? { ...part, views: { ...part.views, [message.id]: { ...view, root: message } } } : part;
}

export function withThread(part: Threads, { id, followed, answers }: FollowedThread): Threads {
  const fresh = new Set(part.fresh);
  if (followed && answers.unread > 0) fresh.add(id);
  else fresh.delete(id);
  const view = part.views[id];
  return { views: view ? { ...part.views, [id]: { ...view, followed } } : part.views, fresh, unread: { ...part.unread, [id]: followed ? answers.unread : 0 }, changes: part.changes + 1 };
}

export function withView(part: Threads, id: string, view: View): Threads {
  return { ...part, views: { ...part.views, [id]: view } };
}

export function withFollowed(part: Threads, id: string, followed: boolean): Threads {
  const view = part.views[id];
  return view ? withView(part, id, { ...view, followed }) : part;
}
