import type { IncomingMessage } from "node:http";
import { BlockList, isIPv6 } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/**
 * Whether only this machine can reach a host.
 * @param host an address or a name
 */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "127.0.0.1" || host === "::1") return true; // the usual cases
  const address = withoutMapping(host);
  try {
    return loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");
  } catch {
    return false; // a name other than localhost
  }
}

/**
 * Determines the address of the client that sent a request.
 * @param trustedProxies number of proxies in front of this server. Each appends the address of its own client
 *   to X-Forwarded-For; all entries before those may be forged
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string {
  const direct = request.socket.remoteAddress ?? "";
  if (trustedProxies === 0) return withoutMapping(direct);
  const forwarded = String(request.headers["x-forwarded-for"] ?? "").split(",");
  const hops = [...forwarded.map((hop) => hop.trim()).filter(Boolean), direct];
  return withoutMapping(hops[Math.max(0, hops.length - 1 - trustedProxies)]);
}

/**
 * The addresses that share one rate limit: an IPv4 address alone, or the /64 network of an IPv6 address,
 * because one client usually has a whole /64 network.
 */
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

/** Converts an IPv4 address that is mapped into IPv6, as an IPv6 socket reports it, to plain IPv4. */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}
