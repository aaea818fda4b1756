import type { ServerAddress } from "./serverAddress.js";
import { ServerError } from "./serverError.js";

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** The end of the path of an image, of a file of a result, or of the points of a map. */
const filePath = new RegExp(`/(?:images/${uuid}|(?:exports|maps)/${uuid}/[^/]+)$`, "i");

/**
 * Where the client reaches a file. The address that a server gives for it begins with the URL at which the server's
 * administrator expects clients, which this one may be unable to reach, as through a tunnel or within a cluster. So the
 * file is read from the same server as everything else, at the path and with the signature that the address has.
 *
 * @param given by the server: an address, or a path
 * @throws ServerError if it is not that of a file, so that no server can have the client read from elsewhere
 */
export function fileAddress({ url }: ServerAddress, given: string): string {
  const address = URL.canParse(given, url) ? new URL(given, url) : null;
  const [path] = filePath.exec(address?.pathname ?? "") ?? [];
  if (address === null || path === undefined) {
    throw new ServerError(`The server ${url} gave an address that is not that of one of its files: ${given}`);
  }
  return `${url}${path}${address.search}`;
}
