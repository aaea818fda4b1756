import { setTimeout as delay } from "node:timers/promises";
import { version } from "../../runtime/version.js";
import { CommandError, InterruptedError } from "../process.js";
import type { Api } from "./api.js";
import { request, type ServerAddress } from "./server.js";
import { kindsOfWork, type WorkProgress } from "./work.js";

interface ServerResponse<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** The waits between two looks at a clustering or map: short at first, because many are computed quickly. */
const firstPollMilliseconds = 150;
const longestPollMilliseconds = 2_000;

/**
 * The API of a running server.
 * @param signal aborts queries and downloads. Mutations go on, because nobody would know what they have done
 */
export function serverApi(server: ServerAddress, signal: AbortSignal): Api {
  async function send<Data>(
    query: string,
    variables: Record<string, unknown> | undefined,
    stopping?: AbortSignal,
  ): Promise<Data> {
    const response = await interruptible(stopping, () =>
      request(server, `${server.url}/graphql`, {
        body: { query, variables },
        isRepeatable: isQuery(query),
        signal: stopping,
      }),
    );
    const { data, errors } = await readResponse<Data>(server, response);
    if (errors?.length || !data) {
      const codes = (errors ?? []).map(({ extensions }) => extensions?.code);
      if (response.status === 400 && codes.includes("INVALID_INPUT"))
        await requireSameVersion(server, errors);
      throw new CommandError((errors ?? []).map(({ message }) => message).join("\n"));
    }
    return data;
  }

  return {
    execute: (document, variables) => send(document, variables, isQuery(document) ? signal : undefined),

    download: (address, stopping) => download(server, address, stopping),

    async *follow({ kind, id }) {
      const { field, fields, noun } = kindsOfWork[kind];
      const query = `query Progress($id: ID!) { state: ${field}(id: $id) { ${fields} } }`;
      for (let wait = firstPollMilliseconds; ; wait = Math.min(2 * wait, longestPollMilliseconds)) {
        const { state } = await send<{ state: WorkProgress | null }>(query, { id });
        if (state === null) throw new CommandError(`The ${noun} ${id} was deleted.`);
        yield state;
        const { status } = state;
        if (status !== "QUEUED" && status !== "RUNNING") return;
        await delay(wait);
      }
    },
  };
}

/** Whether a document only reads. */
const isQuery = (document: string) => /^\s*query\b/.test(document);

/** @throws InterruptedError instead of the signal's reason */
async function interruptible<T>(signal: AbortSignal | undefined, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (signal?.aborted) throw new InterruptedError("Stopped.");
    throw error;
  }
}

/** @throws CommandError if the response is none of a Medoid's GraphQL, or refuses the caller */
async function readResponse<Data>(server: ServerAddress, response: Response): Promise<ServerResponse<Data>> {
  const { status, headers } = response;
  const endpoint = `${server.url}/graphql`;
  if (status >= 300 && status < 400) {
    throw new CommandError(
      `${endpoint} redirects to ${headers.get("Location")}. Give --server the address that responds itself.`,
    );
  }
  const text = await readText(server, response);
  let content: ServerResponse<Data> | undefined;
  try {
    content = JSON.parse(text);
  } catch {}
  const isGraphql =
    typeof content === "object" && content !== null && ("data" in content || Array.isArray(content.errors));
  const message = isGraphql ? content?.errors?.[0]?.message : undefined;
  refuseStatus(server, status, message);
  if (!isGraphql || !content) {
    throw new CommandError(
      `${endpoint} is not the API of a Medoid server (HTTP ${status}). --server takes the address at which \`medoid serve\` can be reached, such as http://127.0.0.1:4000.`,
    );
  }
  return content;
}

/** @throws CommandError for statuses that say what the caller may do */
function refuseStatus({ url, key }: ServerAddress, status: number, message = ""): void {
  if (status === 401) {
    throw new CommandError(
      key === undefined
        ? `The server ${url} requires an API key: set the variable MEDOID_API_KEY.`
        : `The server ${url} does not accept the API key in MEDOID_API_KEY: it is unknown or revoked.`,
    );
  }
  if (status === 403) throw new CommandError(`The server ${url} refuses this: ${message || "HTTP 403"}`);
  if (status === 429) throw new CommandError(`The server ${url} refuses this: ${message || "HTTP 429"}`);
  if (status >= 502 && status <= 504) {
    throw new CommandError(`The server ${url} is unavailable (HTTP ${status})${message && `: ${message}`}`);
  }
}

async function readText({ url }: ServerAddress, response: Response): Promise<string> {
  try {
    return await response.text();
  } catch {
    throw new CommandError(`The server ${url} ended the connection before its response was complete.`);
  }
}

/** @throws CommandError that names both versions, if the server does not understand a document because it has another */
async function requireSameVersion(
  server: ServerAddress,
  errors: { message: string }[] | undefined,
): Promise<void> {
  const response = await request(server, `${server.url}/health/live`, { isRepeatable: true });
  const health = (await response.json().catch(() => ({}))) as { version?: string };
  if (health.version === undefined || health.version === version) return;
  throw new CommandError(
    `The server ${server.url} has the version ${health.version}, this command ${version}: ${errors?.[0]?.message} Use the same version.`,
  );
}

/** Reads an image or a file from an address that the server has given. */
async function* download(
  server: ServerAddress,
  address: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const response = await request(server, address, { isRepeatable: true, signal });
  if (!response.ok || response.body === null) {
    const { errors } = (await response.json().catch(() => ({}))) as ServerResponse<unknown>;
    const message = errors?.[0]?.message;
    refuseStatus(server, response.status, message);
    throw new CommandError(message ?? `There is nothing at ${address} (HTTP ${response.status}).`);
  }
  try {
    yield* response.body as unknown as AsyncIterable<Uint8Array>;
  } catch {
    signal.throwIfAborted();
    throw new CommandError(`The server ${server.url} ended the connection before the whole file was sent.`);
  }
}
