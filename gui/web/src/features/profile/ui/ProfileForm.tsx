import { useState, type FormEvent } from "react";
import { asApiError } from "~/api/errors.ts";
import { api, call } from "~/api/http.ts";
import type { Me } from "~/api/types.ts";
import { toast } from "~/kit/a11y/live.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card } from "~/kit/primitives/Card.tsx";
import { Field } from "~/kit/primitives/Field.tsx";
import { dispatch } from "~/stream/store.ts";
import { t } from "../text.ts";

export function ProfileForm({ me }: { me: Me }) {
  const [name, setName] = useState(me.display_name);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await call(api.PUT("/api/v1/me/profile", { body: { display_name: name } }));
      dispatch({ type: "me", me: { display_name: name } });
      toast(t("saved"));
    } catch (cause) {
      const error = asApiError(cause);
      setProblem(t("problem", { detail: error.detail || error.code }));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title={t("title")} about={t("about")}>
      <form className="form" onSubmit={(event) => void save(event)}>
        <Field label={t("label")} value={name} required maxLength={100} autoComplete="name" dir="auto" problem={problem}
          onChange={(event) => setName(event.target.value)} />
        <div className="card-actions">
          <Button look="solid" type="submit" busy={busy} disabled={name === me.display_name}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
