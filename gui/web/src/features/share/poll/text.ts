import { catalogue } from "~/i18n/catalogue.ts";
import english from "./messages.en.json";

export const t = catalogue("poll", english);
