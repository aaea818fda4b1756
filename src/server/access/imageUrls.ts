import { createHmac, timingSafeEqual } from "node:crypto";
import type { Keyring } from "./keyring.js";

/**
 * Addresses of images that hold for a while, for whoever has them: an <img> cannot send a key.
 * @param seconds an address holds for this long at least, and twice as long at most
 */
export interface ImageUrls {
  /** What follows the image's address: "?expires=…&signature=…". The same for a while, so that browsers keep the image. */
  sign(invocationId: string): string;
  /** How long the signature still holds, in seconds; 0 where it does not. */
  secondsLeft(invocationId: string, search: URLSearchParams): number;
}

/** While this is the same, so are the addresses. */
export function imageUrlPeriod(seconds: number): number {
  return Math.floor(Date.now() / 1000 / seconds);
}

/** Those of a database's servers; null where there is no key, and images need no signature. */
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
