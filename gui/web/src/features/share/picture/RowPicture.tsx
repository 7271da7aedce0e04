import { Download, ImageOff } from "lucide-react";
import { Dialog } from "~/kit/primitives/Dialog.tsx";
import { pictureUrl } from "~/kit/picture.ts";
import { useNodePicture } from "~/kit/useNodePicture.ts";
import { openDialog } from "~/slots/dialogs.tsx";
import type { Row } from "~/stream/model.ts";
import type { LocalPicture } from "../attached.ts";
import { t } from "./text.ts";
import "./picture.css";

// RowPicture is the picture of a message, in a box that was kept for it. It opens large.
export default function RowPicture({ row, picture }: { row: Row; picture: LocalPicture }) {
  const own = pictureUrl(picture.data);
  const path = own !== undefined || row.id === "" ? undefined : `/api/v1/conversations/${row.conversation}/messages/${row.id}/picture`;
  const node = useNodePicture(path);
  const url = own ?? node.url;
  const alt = picture.alt ?? t("picture");
  if (node.failed && url === undefined) {
    return (
      <button type="button" className="row-picture row-picture-none" tabIndex={-1} onClick={node.again}>
        <ImageOff aria-hidden="true" />
        {t("failed")}
      </button>
    );
  }
  if (url === undefined) return null;
  const open = () =>
    openDialog((close) => (
      <Dialog className="picture-dialog" title={alt} closeLabel={t("close")} onClose={close}>
        <img src={url} alt={alt} width={picture.width} height={picture.height} />
        <a className="button button-plain" href={url} download={`picture.${picture.type.slice(6)}`}>
          <Download aria-hidden="true" />
          {t("save")}
        </a>
      </Dialog>
    ));
  return (
    <button type="button" className="row-picture" tabIndex={-1} aria-label={t("open", { alt })} onClick={open}>
      <img src={url} alt={alt} width={picture.width} height={picture.height} draggable={false} />
    </button>
  );
}
