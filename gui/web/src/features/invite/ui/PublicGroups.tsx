import { Compass } from "lucide-react";
import { useCallback, useDeferredValue, useState } from "react";
import { useLocation } from "wouter";
import type { PublicGroup } from "~/api/types.ts";
import { useLoaded } from "~/api/useLoaded.ts";
import { Alert } from "~/kit/primitives/Alert.tsx";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Button } from "~/kit/primitives/Button.tsx";
import { Card, Empty } from "~/kit/primitives/Card.tsx";
import { SearchBox } from "~/kit/primitives/Picker.tsx";
import { Spinner } from "~/kit/primitives/Spinner.tsx";
import { findGroups, join } from "../commands.ts";
import { t } from "../text.ts";
import { JoinCard } from "./JoinCard.tsx";
import "./invite.css";

// PublicGroups lists what this node lists, and leads into it.
export function PublicGroups() {
  const [, go] = useLocation();
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState<PublicGroup>();
  const query = useDeferredValue(typed.trim());
  const read = useCallback(() => findGroups(query), [query]);
  const { data: groups, error, reload } = useLoaded(read);
  if (open) return <Enter group={open} onBack={() => setOpen(undefined)} />;
  return (
    <Card>
      <SearchBox label={t("groups.search")} value={typed} onChange={setTyped} />
      {groups === undefined && error ? (
        <>
          <Alert tone="danger">{t("groups.error")}</Alert>
          <div className="card-actions">
            <Button onClick={reload}>{t("join.again")}</Button>
          </div>
        </>
      ) : groups === undefined ? (
        <Spinner />
      ) : groups.length > 0 ? (
        <ul className="public-groups" aria-label={t("groups.title")}>
          {groups.map((group) => (
            <Row key={group.id} group={group} onOpen={() => (group.joined ? go(`/c/${group.id}`) : setOpen(group))} />
          ))}
        </ul>
      ) : query ? (
        <p className="muted" role="status">
          {t("groups.none")}
        </p>
      ) : (
        <Empty icon={<Compass />} title={t("groups.empty.title")}>
          {t("groups.empty")}
        </Empty>
      )}
    </Card>
  );
}

function Row({ group, onOpen }: { group: PublicGroup; onOpen(): void }) {
  const { id, kind, name, description, picture, members, joined } = group;
  return (
    <li>
      <Avatar name={name} seed={id} shape="square" picture={picture} />
      <div className="public-text">
        <bdi className="public-name">{name}</bdi>
        {description !== "" && (
          <span dir="auto" className="small">
            {description}
          </span>
        )}
        <span className="muted small">
          {t("join.kind", { kind })} · {t("join.members", { count: members })}
        </span>
      </div>
      <Button look={joined ? "plain" : "soft"} aria-label={t(joined ? "groups.open.of" : "groups.join.of", { name })} onClick={onOpen}>
        {t(joined ? "groups.open" : "join.go")}
      </Button>
    </li>
  );
}

function Enter({ group, onBack }: { group: PublicGroup; onBack(): void }) {
  const prospect = { ...group, conversation: group.id, rules: "", approval: false, by_name: "" };
  return <JoinCard prospect={prospect} onJoin={(rules) => join(group.id, rules)} onBack={onBack} />;
}
