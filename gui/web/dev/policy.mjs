// What a node sends with the files of the page: its policy, read from where the node has it, and the kinds of files.
import { readFileSync } from "node:fs";

export const csp = /ContentSecurityPolicy = ([\s\S]*?)\n\n/.exec(readFileSync(new URL("../../embed.go", import.meta.url), "utf8"))[1].replace(/["+\n\t]/g, "").replace(/\s+/g, " ");
export const kinds = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8", ".webmanifest": "application/manifest+json" };
