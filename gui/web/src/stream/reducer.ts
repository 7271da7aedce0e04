// The one place where the page's state changes. Pure: the same state and
// action always give the same result, so a recorded stream can be replayed.
import type { Conversation, LiveFrame, Message } from "~/api/types.ts";
import { changed, loading, withPage, type MemberChange, type MemberList } from "./members.ts";
import { emptyState, placeOf, type Action, type Frame, type State } from "./model.ts";
import { trim } from "./window.ts";
import { lateSeen } from "./late.ts";
import { partOf, reduceParts, withPart } from "./slices.ts";
import { bringBack, restored, takeAway } from "./removal.ts";
import { accept, addMessages, ask, discard, fail, missed, patchMessage, patchRow, write } from "./timeline.ts";

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "frame":
      return reduceFrame(state, action.frame);
    case "snapshot":
      return {
        ...state,
        me: action.me,
        signedOut: undefined,
        loaded: true,
        answering: true,
        contacts: byKey(action.contacts, (contact) => contact.acct),
        conversations: byKey(action.conversations, (conversation) => conversation.id),
      };
    case "signed-out":
      return { ...emptyState, signedOut: action.why };
    case "link":
      return state.link === action.link ? state : { ...state, link: action.link };
    case "answering":
      return state.answering === action.answering ? state : { ...state, answering: action.answering };
    case "full":
      return state.full === action.full ? state : { ...state, full: action.full };
    case "me":
      return state.me ? { ...state, me: { ...state.me, ...action.me } } : state;
    case "contact":
      return { ...state, contacts: { ...state.contacts, [action.contact.acct]: action.contact } };
    case "contact-gone":
      return { ...state, contacts: without(state.contacts, action.acct) };
    case "conversation":
      return withConversation(state, action.conversation);
    case "conversation-gone":
      return withoutConversation(state, action.id);
    case "conversation-cleared":
      return { ...state, timelines: without(state.timelines, action.id) };
    case "member":
      return withMember(state, action.conversation, action.change);
    case "members-loading":
      return withMembers(state, action.conversation, loading(state.members[action.conversation], action.query));
    case "members-failed": {
      const list = state.members[action.conversation];
      return list?.query === action.query ? withMembers(state, action.conversation, { ...list, status: "error" }) : state;
    }
    case "members":
      return withMembers(
        state,
        action.conversation,
        withPage(state.members[action.conversation], action.query, action.page, action.before),
      );
    case "missed":
      return { ...missed(state), members: {} };
    case "page-loading":
      return ask(state, action.conversation);
    case "page-failed":
      return fail(state, action.conversation);
    case "page":
      return addMessages(state, action.conversation, action.page, action.how);
    case "late-seen":
      return lateSeen(state, action.conversation, action.ids);
    case "trim":
      return trim(state, action.conversation, action.side);
    case "write":
      return write(state, action);
    case "write-state":
      return patchRow(state, action.key, { state: action.state, reason: action.reason });
    case "retry-failed":
      return patchRow(state, action.key, { state: "failed", reason: action.reason });
    case "accepted":
      return accept(state, action.key, action.id);
    case "back":
      return bringBack(state, action.row, action.behind);
    case "discard":
      return discard(state, action.key);
    case "slice":
      return withPart(state, action.slice, action.change(partOf(state, action.slice)));
  }
}

function reduceFrame(before: State, frame: Frame): State {
  const parts = reduceParts(before, frame.type, frame.data);
  const state = parts.state;
  const known = frame as LiveFrame;
  switch (known.type) {
    case "hello":
      return state;
    case "resync":
      return { ...missed(state), members: {} };
    case "message":
      return addMessages(state, placeOf(known.data), { items: [known.data] }, "live");
    case "message.concealed":
      return known.data.restored ? restored(state, known.data.conversation, known.data.id) : takeAway(state, known.data.id);
    case "message.state": {
      const { id, ...change } = known.data;
      return withLastState(patchMessage(state, id, change), id, change.state);
    }
    case "conversation":
      return withConversation(state, known.data);
    case "conversation.deleted":
      return withoutConversation(state, known.data.id);
    case "member":
      return withMember(state, known.data.conversation, known.data);
    case "contact":
      return { ...state, contacts: { ...state.contacts, [known.data.acct]: known.data } };
    case "contact.deleted":
      return { ...state, contacts: without(state.contacts, known.data.acct) };
    case "me":
      return { ...state, me: known.data };
    case "session":
      return { ...state, sessionsChanged: state.sessionsChanged + 1 };
    default:
      return parts.known ? state : withUnknown(state, frame.type);
  }
}

// A newer node may send what this page does not know; it is noted, not guessed.
function withUnknown(state: State, type: string): State {
  if (state.unknownFrames.includes(type)) return state;
  return { ...state, unknownFrames: [...state.unknownFrames, type] };
}

function withConversation(state: State, conversation: Conversation): State {
  return { ...state, conversations: { ...state.conversations, [conversation.id]: conversation } };
}

function withoutConversation(state: State, id: string): State {
  return {
    ...state,
    conversations: without(state.conversations, id),
    timelines: without(state.timelines, id),
    members: without(state.members, id),
  };
}

function withMember(state: State, conversation: string, change: MemberChange): State {
  const list = state.members[conversation];
  return list ? withMembers(state, conversation, changed(list, change)) : state;
}

function withMembers(state: State, conversation: string, list: MemberList | undefined): State {
  return list ? { ...state, members: { ...state.members, [conversation]: list } } : state;
}

// The list row shows the state of the last message, which the node announces
// for the message only.
function withLastState(state: State, id: string, now: Message["state"]): State {
  const holder = Object.values(state.conversations).find((one) => one.last?.id === id);
  if (!holder?.last || holder.last.state === now) return state;
  return withConversation(state, { ...holder, last: { ...holder.last, state: now } });
}

function byKey<Item>(items: readonly Item[], key: (item: Item) => string): Record<string, Item> {
  return Object.fromEntries(items.map((item) => [key(item), item]));
}

function without<Item>(from: Readonly<Record<string, Item>>, key: string): Record<string, Item> {
  return Object.fromEntries(Object.entries(from).filter(([other]) => other !== key));
}
