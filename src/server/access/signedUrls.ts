import { createHmac, timingSafeEqual } from "node:crypto";
import type { Keyring } from "./keyring.js";

/**
 * Signs addresses of images and of exported files. A signed address is valid for a limited time for everyone
 * who has it, because an <img> element cannot send a key, and neither can a data frame that reads an address.
 */
export interface SignedUrls {
  /**
   * Returns the parameters to add to the address: "expires=…&signature=…". They stay the same within one
   * period, so that browsers can cache an image.
   * @param path of the address, with its other parameters
   */
  sign(path: string): string;
  /** Returns the number of seconds for which a signature remains valid; 0 if it is invalid or has expired. */
  secondsLeft(path: string, search: URLSearchParams): number;
}

/** The parameters that `sign` adds. */
export const signatureParameters = ["expires", "signature"];

/**
 * Returns the number of the current period. All signatures of one address within one period are the same.
 * @param seconds length of a period
 */
export function signaturePeriod(seconds: number): number {
  return Math.floor(Date.now() / 1000 / seconds);
}

/**
 * Creates the signer that all servers of a database share.
 * @param seconds minimum time for which an address is valid; the maximum is twice as long
 * @returns null if the database has never had a key, so that addresses need no signature
 */
export async function signedUrlsOf(keyring: Keyring, seconds: number): Promise<SignedUrls | null> {
  const secret = await keyring.sharedSecret();
  return secret === null ? null : createSignedUrls(secret, seconds);
}

function createSignedUrls(secret: string, seconds: number): SignedUrls {
  const signature = (path: string, expires: number) =>
    createHmac("sha256", secret).update(`${path} ${expires}`).digest();
  return {
    sign(path) {
      const expires = (signaturePeriod(seconds) + 2) * seconds;
      return `expires=${expires}&signature=${signature(path, expires).toString("base64url")}`;
    },
    secondsLeft(path, search) {
      const expires = Number(search.get("expires"));
      const given = Buffer.from(search.get("signature") ?? "", "base64url");
      const expected = signature(path, expires);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 0;
      return Math.max(0, Math.floor(expires - Date.now() / 1000));
    },
  };
}
