import { createHmac, timingSafeEqual } from "node:crypto";
import type { Keyring } from "./keyring.js";

/**
 * Signs addresses of images. A signed address is valid for a limited time for everyone who has it, because an
 * <img> element cannot send a key.
 */
export interface ImageUrls {
  /**
   * Returns the query string of the image's address: "?expires=…&signature=…". It stays the same within one
   * period, so that browsers can cache the image.
   */
  sign(invocationId: string): string;
  /** Returns the number of seconds for which a signature remains valid; 0 if it is invalid or has expired. */
  secondsLeft(invocationId: string, search: URLSearchParams): number;
}

/**
 * Returns the number of the current period. All addresses that are signed within one period are the same.
 * @param seconds length of a period
 */
export function imageUrlPeriod(seconds: number): number {
  return Math.floor(Date.now() / 1000 / seconds);
}

/**
 * Creates the signer that all servers of a database share.
 * @param seconds minimum time for which an address is valid; the maximum is twice as long
 * @returns null if the database has never had a key, so that images need no signature
 */
export async function imageUrlsOf(keyring: Keyring, seconds: number): Promise<ImageUrls | null> {
  const secret = await keyring.sharedSecret();
  return secret === null ? null : createImageUrls(secret, seconds);
}

function createImageUrls(secret: string, seconds: number): ImageUrls {
  const signature = (invocationId: string, expires: number) =>
    createHmac("sha256", secret).update(`image ${invocationId} ${expires}`).digest();
  return {
    sign(invocationId) {
      const expires = (imageUrlPeriod(seconds) + 2) * seconds;
      return `?expires=${expires}&signature=${signature(invocationId, expires).toString("base64url")}`;
    },
    secondsLeft(invocationId, search) {
      const expires = Number(search.get("expires"));
      const given = Buffer.from(search.get("signature") ?? "", "base64url");
      const expected = signature(invocationId, expires);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 0;
      return Math.max(0, Math.floor(expires - Date.now() / 1000));
    },
  };
}
