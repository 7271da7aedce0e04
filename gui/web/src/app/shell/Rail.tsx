import { MessageCircle, Server, Settings, Users } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { useRoving } from "~/kit/a11y/roving.ts";
import { Avatar } from "~/kit/primitives/Avatar.tsx";
import { Badge } from "~/kit/primitives/Badge.tsx";
import { slots } from "~/slots/slots.ts";
import { requests, unreadTotal } from "~/stream/selectors.ts";
import { useStore } from "~/stream/store.ts";
import { t } from "../text.ts";
import { NodeChip } from "./NodeChip.tsx";
import "./rail.css";

export function Rail({ path }: { path: string }) {
  const me = useStore((state) => state.me);
  const unread = useStore(unreadTotal);
  const asking = useStore(requests).length;
  const roving = useRoving<HTMLElement>();
  if (!me) return null;
  const name = me.display_name || me.name;
  return (
    <nav className="rail" aria-label={t("nav.main")} data-region="" {...roving}>
      <Link href="/settings/account" className="rail-me" title={name} data-roving="" tabIndex={-1}>
        <Avatar name={name} seed={me.acct} />
        <span className="sr-only">{t("nav.me", { name })}</span>
      </Link>
      <Item to="/" here={path === "/" || ["/groups", "/archived"].includes(path) || path === "/j" || /^\/(c|new)\//.test(path)} label={t("nav.chats")} icon={<MessageCircle />}
        badge={<Badge count={unread} label={t("nav.unread", { count: unread })} />} />
      <Item to="/contacts" here={path.startsWith("/contacts") || path === "/i"} label={t("nav.contacts")} icon={<Users />}
        badge={<Badge count={asking} label={t("nav.requests", { count: asking })} />} />
      {slots("pages").map(({ id, rail }) =>
        rail ? (
          <Item key={id} to={rail.to} here={rail.at ? rail.at.includes(path) : path.split("/")[1] === rail.to.split("/")[1]} label={rail.label()} icon={rail.icon} badge={rail.Badge && <rail.Badge />} />
        ) : null,
      )}
      {me.owner && <Item to="/admin" here={path.startsWith("/admin")} label={t("nav.admin")} icon={<Server />} />}
      <div className="rail-space" />
      <NodeChip />
      <Item to="/settings" here={path.startsWith("/settings")} label={t("nav.settings")} icon={<Settings />}
        badge={me.recovery_key === "confirmed" ? null : <Dot label={t("settings.keynote")} />} />
    </nav>
  );
}

interface ItemProps {
  to: string;
  here: boolean;
  label: string;
  icon: ReactNode;
  badge?: ReactNode;
}

function Item({ to, here, label, icon, badge }: ItemProps) {
  return (
    <Link href={to} className="rail-item" title={label} data-roving=""
      aria-current={here ? "page" : undefined} tabIndex={here ? 0 : -1}>
      <span className="rail-icon" aria-hidden="true">
        {icon}
      </span>
      <span className="rail-label">{label}</span>
      {badge && <span className="rail-badge">{badge}</span>}
    </Link>
  );
}

function Dot({ label }: { label: string }) {
  return (
    <span className="rail-dot">
      <span className="sr-only">{label}</span>
    </span>
  );
}
