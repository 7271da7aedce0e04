import type { MouseEvent, ReactNode } from "react";
import { useLocation } from "wouter";
import { hostName, told } from "~/kit/markup/address.ts";
import { plainInline } from "~/kit/markup/plain.ts";
import type { Inline } from "~/kit/markup/tree.ts";

const SCHEMES = new Set(["http:", "https:", "mailto:", "conclave:"]);

interface LinkTextProps {
  url: string;
  inline: readonly Inline[];
  children: ReactNode;
}

// LinkText is a link with its true host behind it where its text says another
// one, or none. What the browser reads otherwise than the grammar is no link.
export function LinkText({ url, inline, children }: LinkTextProps) {
  const [, go] = useLocation();
  const read = reading(url);
  if (!read) return children;
  const text = plainInline(inline);
  const shown = !told(text, url) || read.host !== hostName(url) ? read.host : undefined;
  // An invitation of a node is opened by this page, no other program need know of it.
  const inside = read.protocol === "conclave:" ? `/${url.startsWith("conclave:j/") ? "j" : "i"}#${url}` : undefined;
  const open = (event: MouseEvent) => {
    if (inside === undefined) return;
    event.preventDefault();
    go(inside);
  };
  return (
    <a className="text-link" href={inside ?? read.href} title={url} tabIndex={-1} dir="auto" onClick={open}
      {...(inside === undefined ? { target: "_blank", rel: "noopener noreferrer" } : {})}>
      {children}
      {shown !== undefined && <bdi className="text-host" dir="ltr">{` (${shown})`}</bdi>}
    </a>
  );
}

interface Read {
  readonly href: string;
  readonly protocol: string;
  readonly host: string;
}

// reading is an address as the browser will take it, undefined where that is
// not what the grammar let pass.
export function reading(url: string): Read | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return undefined;
  }
  const { href, protocol, host, username, password } = parsed;
  if (!SCHEMES.has(protocol) || username !== "" || password !== "") return undefined;
  if (protocol === "mailto:" || protocol === "conclave:") return { href, protocol, host: hostName(url) };
  return host === "" ? undefined : { href, protocol, host: withPort(url, host) };
}

// withPort writes the port that the browser leaves out because it is usual,
// where the author wrote it.
function withPort(url: string, host: string): string {
  const port = /:[0-9]+$/.exec(hostName(url))?.[0];
  return port !== undefined && !/:[0-9]+$/.test(host) ? host + port : host;
}
