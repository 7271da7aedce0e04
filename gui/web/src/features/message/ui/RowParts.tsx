import { slots } from "~/slots/slots.ts";
import type { RowPart } from "~/slots/types.ts";
import type { Row } from "~/stream/model.ts";

// RowParts draws what features hang at one place of a message.
export function RowParts({ place, row, own }: { place: RowPart["place"]; row: Row; own: boolean }) {
  return slots("rowParts").map(({ id, place: where, Part }) => (where === place ? <Part key={id} row={row} own={own} /> : null));
}
