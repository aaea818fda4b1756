import type { IncomingMessage } from "node:http";
import { BlockList, isIPv6 } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Whether only this machine reaches it. @param host an address, or a name */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "127.0.0.1" || host === "::1") return true; // nearly always
  const address = withoutMapping(host);
  try {
    return loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");
  } catch {
    return false; // another name
  }
}

/**
 * Where the request comes from.
 * @param trustedProxies so many proxies stand before this server, each of which adds to X-Forwarded-For whom it
 *   answers; what stands before that, anybody could have written
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string {
  const direct = request.socket.remoteAddress ?? "";
  if (trustedProxies === 0) return withoutMapping(direct);
  const forwarded = String(request.headers["x-forwarded-for"] ?? "").split(",");
  const hops = [...forwarded.map((hop) => hop.trim()).filter(Boolean), direct];
  return withoutMapping(hops[Math.max(0, hops.length - 1 - trustedProxies)]);
}

/** Whom a limit counts together: an IPv4 address, or the /64 network of an IPv6 one, which one client has whole. */
export function limitedNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const [head, tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) while (groups.length < 8 - tail.split(":").length) groups.push("0");
  while (groups.length < 4) groups.push("0");
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

/** IPv4 as itself, also on a socket of IPv6. */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}
