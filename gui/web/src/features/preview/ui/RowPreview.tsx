import { isAddress } from "~/kit/markup/address.ts";
import type { Row } from "~/stream/model.ts";
import { Card } from "./Card.tsx";

// RowPreview stands under a message that came with a preview.
export default function RowPreview({ row }: { row: Row }) {
  const { preview } = row;
  if (!preview || !/^https?:/i.test(preview.url) || !isAddress(preview.url)) return null;
  return (
    <a className="preview" href={preview.url} target="_blank" rel="noopener noreferrer" tabIndex={-1} title={preview.url}>
      <Card preview={preview} />
    </a>
  );
}
