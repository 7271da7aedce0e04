import { useState } from "react";
import { t } from "../text.ts";
import { takeNewVersion, useNewVersion } from "../worker.ts";
import "./linkbar.css";

// UpdateBar says that the node has a newer page. It waits for the person: what is being written lies on the node as a draft.
export function UpdateBar() {
  const fresh = useNewVersion();
  const [later, setLater] = useState(false);
  return (
    <div className="updatebar" role="status">
      {fresh && !later && (
        <p>
          {t("update.text")}
          <button type="button" onClick={takeNewVersion}>
            {t("update.go")}
          </button>
          <button type="button" onClick={() => setLater(true)}>
            {t("update.later")}
          </button>
        </p>
      )}
    </div>
  );
}
