// What a person can do with contacts. Each command ends with the state of the
// page as the node sees it.
import { api, call } from "~/api/http.ts";
import type { Contact, ContactCard } from "~/api/types.ts";
import { dispatch } from "~/stream/store.ts";
import type { Invitation } from "./invitation.ts";

// preview asks whose card it is. Nothing reaches that person.
export function preview(invitation: Invitation): Promise<ContactCard> {
  return call(api.POST("/api/v1/contacts/preview", { body: invitation }));
}

export async function add(invitation: Invitation): Promise<Contact> {
  const contact = await call(api.POST("/api/v1/contacts", { body: invitation }));
  dispatch({ type: "contact", contact });
  await readConversation(contact);
  return contact;
}

export async function change(acct: string, verb: "accept" | "block" | "unblock"): Promise<Contact> {
  const params = { params: { path: { acct } } };
  const contact = await call(
    verb === "accept"
      ? api.POST("/api/v1/contacts/{acct}/accept", params)
      : verb === "block"
        ? api.POST("/api/v1/contacts/{acct}/block", params)
        : api.POST("/api/v1/contacts/{acct}/unblock", params),
  );
  dispatch({ type: "contact", contact });
  await readConversation(contact);
  return contact;
}

export async function remove(acct: string): Promise<void> {
  await call(api.DELETE("/api/v1/contacts/{acct}", { params: { path: { acct } } }));
  dispatch({ type: "contact-gone", acct });
}

export async function renewLink(): Promise<void> {
  const { contact_link } = await call(api.POST("/api/v1/me/contact-link"));
  dispatch({ type: "me", me: { contact_link } });
}

async function readConversation(contact: Contact): Promise<void> {
  const conversation = await call(
    api.GET("/api/v1/conversations/{conversation}", { params: { path: { conversation: contact.conversation } } }),
  ).catch(() => undefined); // the stream brings it when there is one later
  if (conversation) dispatch({ type: "conversation", conversation });
}
