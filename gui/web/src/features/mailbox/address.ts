// The address of a mailbox: a multiaddr that ends with the id of its node.
export const MOST = 3; // mailboxes of an account, as the node takes them

const FORM = /^\/(?:ip4|ip6|dns|dns4|dns6)\/[^/]+\/(?:tcp|udp)\/\d+(?:\/[^/]+)*\/p2p\/([^/]+)$/;

export type Fault = "missing" | "shape" | "twice";

// fault tells what is wrong with an address that is to be added to others.
export function fault(address: string, others: readonly string[]): Fault | undefined {
  if (address === "") return "missing";
  const node = FORM.exec(address)?.[1];
  if (node === undefined) return "shape";
  return others.some((one) => FORM.exec(one)?.[1] === node) ? "twice" : undefined;
}

// hostOf names the machine that an address leads to.
export function hostOf(address: string): string {
  return address.split("/")[2] || address;
}
