// What others are told of the own account.
import { api, call } from "~/api/http.ts";
import type { ConversationPrivacy, PrivacySettings } from "~/api/types.ts";
import { sliceState } from "~/stream/slices.ts";
import { changeSlice } from "~/stream/store.ts";

export const privacy = sliceState<PrivacySettings | undefined>({
  name: "privacy",
  initial: undefined,
  frames: { privacy: (_, settings) => settings },
});

export async function readPrivacy(): Promise<void> {
  const settings = await call(api.GET("/api/v1/settings/privacy"));
  changeSlice(privacy, () => settings);
}

export type Change = Partial<Omit<PrivacySettings, "preset">> & { preset?: "open" | "balanced" | "strict" };

export async function setPrivacy(change: Change): Promise<void> {
  const settings = await call(api.PATCH("/api/v1/settings/privacy", { body: change }));
  changeSlice(privacy, () => settings);
}

export const readPrivacyIn = (conversation: string) => call(api.GET("/api/v1/conversations/{conversation}/privacy", { params: { path: { conversation } } }));

export const setPrivacyIn = (conversation: string, body: Partial<ConversationPrivacy>) =>
  call(api.PATCH("/api/v1/conversations/{conversation}/privacy", { params: { path: { conversation } }, body }));
