import { fileAddress } from "./fileAddress.js";
import { request } from "./request.js";
import type { ServerAddress } from "./serverAddress.js";
import { ServerError } from "./serverError.js";

interface ServerResponse<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string; limit?: string } }[];
}

interface Operation {
  query: string;
  variables?: Record<string, unknown>;
  /** Whether it may be sent again if it is not known whether it was carried out. */
  isRepeatable: boolean;
  signal?: AbortSignal;
}

/**
 * Has a server execute a document.
 * @returns its data
 * @throws ServerError with the messages of the response's errors, or why there is no response; the signal's reason once
 *   it aborts
 */
export async function execute<Data>(
  server: ServerAddress,
  { query, variables, isRepeatable, signal }: Operation,
): Promise<Data> {
  const body = { query, variables };
  const response = await request(server, `${server.url}/graphql`, { body, isRepeatable, signal });
  const { data, errors } = await readResponse<Data>(server, response, signal);
  if (errors?.length || !data) {
    const codes = (errors ?? []).map(({ extensions }) => extensions?.code);
    throw new ServerError((errors ?? []).map(({ message }) => message).join("\n"), {
      limit: errors?.[0]?.extensions?.limit,
      isUnknownDocument: response.status === 400 && codes.includes("INVALID_INPUT"),
    });
  }
  return data;
}

/** @throws ServerError if the response is none of a Medoid's GraphQL, or refuses the caller */
async function readResponse<Data>(
  server: ServerAddress,
  response: Response,
  signal: AbortSignal | undefined,
): Promise<ServerResponse<Data>> {
  const { status, headers } = response;
  const endpoint = `${server.url}/graphql`;
  if (status >= 300 && status < 400) {
    throw new ServerError(
      `${endpoint} redirects to ${headers.get("Location")}. Give --server the address that responds itself.`,
    );
  }
  const text = await readText(server, response, signal);
  let content: ServerResponse<Data> | undefined;
  try {
    content = JSON.parse(text);
  } catch {}
  const isGraphql =
    typeof content === "object" && content !== null && ("data" in content || Array.isArray(content.errors));
  const message = isGraphql ? content?.errors?.[0]?.message : undefined;
  refuseStatus(server, status, message);
  if (!isGraphql || !content) {
    // A proxy before the server may have a limit of its own.
    if (status === 413) {
      throw new ServerError(`${endpoint} refuses so long a request (HTTP 413).`, { limit: "BODY_BYTES" });
    }
    throw new ServerError(
      `${endpoint} is not the API of a Medoid server (HTTP ${status}). --server takes the address at which \`medoid serve\` can be reached, such as http://127.0.0.1:4000.`,
    );
  }
  return content;
}

/** @throws ServerError for statuses that say what the caller may do */
function refuseStatus({ url, key }: ServerAddress, status: number, message = ""): void {
  if (status === 401) {
    throw new ServerError(
      key === undefined
        ? `The server ${url} requires an API key: set the variable MEDOID_API_KEY.`
        : `The server ${url} does not accept the API key in MEDOID_API_KEY: it is unknown or revoked.`,
    );
  }
  if (status === 403) throw new ServerError(`The server ${url} refuses this: ${message || "HTTP 403"}`);
  if (status === 429) throw new ServerError(`The server ${url} refuses this: ${message || "HTTP 429"}`);
  if (status >= 502 && status <= 504) {
    throw new ServerError(`The server ${url} is unavailable (HTTP ${status})${message && `: ${message}`}`);
  }
}

async function readText(
  { url }: ServerAddress,
  response: Response,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    return await response.text();
  } catch {
    signal?.throwIfAborted();
    throw new ServerError(`The server ${url} ended the connection before its response was complete.`);
  }
}

/**
 * Reads an image or a file.
 * @param given the address that the server has given for it, of which path and signature matter (`fileAddress`)
 * @throws ServerError if there is nothing at the address, or it is cut off; the signal's reason once it aborts
 */
export async function* download(
  server: ServerAddress,
  given: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const address = fileAddress(server, given);
  const response = await request(server, address, { isRepeatable: true, signal });
  if (!response.ok || response.body === null) {
    const { errors } = (await response.json().catch(() => ({}))) as ServerResponse<unknown>;
    const message = errors?.[0]?.message;
    refuseStatus(server, response.status, message);
    const [withoutSignature] = address.split("?");
    throw new ServerError(message ?? `There is nothing at ${withoutSignature} (HTTP ${response.status}).`);
  }
  try {
    yield* response.body as unknown as AsyncIterable<Uint8Array>;
  } catch {
    signal?.throwIfAborted();
    throw new ServerError(`The server ${server.url} ended the connection before the whole file was sent.`);
  }
}
