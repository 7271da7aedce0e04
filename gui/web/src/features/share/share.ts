// What is sent beside a text: a place, or somebody's card. The text says the
// same for programs that know no more.
import { api, call } from "~/api/http.ts";
import type { ContactCard, SharedContact, SharedLocation } from "~/api/types.ts";
import type { Outgoing, Where } from "~/slots/types.ts";
import { t } from "./text.ts";

const DIGITS = 5; // about a metre

export function coordinates({ latitude, longitude }: Pick<SharedLocation, "latitude" | "longitude">): string {
  return `${latitude.toFixed(DIGITS)}, ${longitude.toFixed(DIGITS)}`;
}

// geo is the address of a place as map programs take it.
export function geo({ latitude, longitude, accuracy }: SharedLocation): string {
  return `geo:${latitude.toFixed(DIGITS)},${longitude.toFixed(DIGITS)}${accuracy ? `;u=${accuracy}` : ""}`;
}

// readPlace reads what was typed; undefined where it is no place on the earth.
export function readPlace(latitude: string, longitude: string, label: string): SharedLocation | undefined {
  const [north, east] = [latitude, longitude].map((typed) => (/^[+-]?\d{1,3}(?:[.,]\d{1,10})?$/.test(typed.trim()) ? Number(typed.trim().replace(",", ".")) : NaN));
  if (north === undefined || east === undefined || !(Math.abs(north) <= 90) || !(Math.abs(east) <= 180)) return undefined;
  const name = label.trim();
  return { latitude: north, longitude: east, ...(name === "" ? {} : { label: name }) };
}

export function placeMessage(where: Where, location: SharedLocation): Outgoing {
  const place = coordinates(location);
  const text = location.label ? t("location.text.label", { label: location.label, place }) : t("location.text", { place });
  return made(where, plainText(text), { location });
}

// liveMessage says no numbers in its text: they change.
export function liveMessage(where: Where, location: SharedLocation): Outgoing {
  return made(where, t("live.text"), { location });
}

export function cardMessage(where: Where, card: SharedContact): Outgoing {
  const text = card.address ? t("contact.text", { name: card.name, address: card.address }) : t("contact.text.plain", { name: card.name });
  return made(where, plainText(text), { card });
}

function made({ conversation, thread }: Where, text: string, beside: { location: SharedLocation } | { card: SharedContact }): Outgoing {
  const all = { ...beside, ...(thread !== undefined && { thread }) };
  return { conversation, text, send: all, shown: all };
}

// plainText takes the marks around values away, and keeps what a name holds
// from being read as formatting.
function plainText(text: string): string {
  return text.replace(/[\u2068\u2069]/g, "").replace(/[*_~`[\]\\|<>]/g, "\\$&");
}

// find looks for whom a card names, without telling them. It answers nobody
// else: what is behind the address has to be the account of the card.
export async function find(card: SharedContact): Promise<ContactCard | undefined> {
  const found = await call(api.POST("/api/v1/contacts/preview", { body: invitation(card) }));
  return found.acct === card.account ? found : undefined;
}

export async function add(card: SharedContact): Promise<void> {
  await call(api.POST("/api/v1/contacts", { body: invitation(card) }));
}

function invitation({ link, address }: SharedContact): { link: string } | { address: string } {
  return link ? { link } : { address: address ?? "" };
}
