import type { ServerAddress } from "../../remote/serverAddress.js";
import { ArgumentError } from "../process.js";

/**
 * The server that --server and MEDOID_API_KEY name.
 * @throws ArgumentError if they are not an address and a key
 */
export function readServerAddress(given: string, key: string | undefined): ServerAddress {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new ArgumentError("--server must be an address that begins with http:// or https://.");
  }
  const { origin, pathname, username, password, search, hash } = new URL(given);
  if (username || password) {
    throw new ArgumentError("--server has a user or a password. An API key goes into MEDOID_API_KEY.");
  }
  if (search || hash) throw new ArgumentError("--server must be an address without ? and #.");
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    throw new ArgumentError(
      "MEDOID_API_KEY is not an API key: it is empty, or has a space, a line break or another character that no key has.",
    );
  }
  return { url: origin + pathname.replace(/(\/graphql)?\/*$/, ""), key };
}
