import type { LinkPreview } from "~/api/types.ts";
import { pictureUrl } from "~/kit/picture.ts";
import { hostOf } from "../state.ts";
import "./preview.css";

// Card shows a preview. The picture came with the message; nothing is loaded.
export function Card({ preview }: { preview: LinkPreview }) {
  const picture = pictureUrl(preview.image);
  return (
    <>
      {picture !== undefined && <img className="preview-picture" src={picture} alt="" />}
      <span className="preview-text">
        <span className="preview-site">
          {preview.site ? <bdi>{preview.site}</bdi> : null}
          <bdi dir="ltr">{hostOf(preview.url)}</bdi>
        </span>
        {preview.title ? <bdi className="preview-title">{preview.title}</bdi> : null}
        {preview.description ? <bdi className="preview-about">{preview.description}</bdi> : null}
      </span>
    </>
  );
}
