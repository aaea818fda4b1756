import { setTimeout as delay } from "node:timers/promises";
import { download, execute } from "../../remote/graphql.js";
import type { ServerAddress } from "../../remote/serverAddress.js";
import { CommandError, InterruptedError } from "../process.js";
import type { Api } from "./api.js";
import { serverCommandError } from "./serverCommandError.js";
import { kindsOfWork, type WorkProgress } from "./work.js";

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
    try {
      return await execute<Data>(server, {
        query,
        variables,
        isRepeatable: isQuery(query),
        signal: stopping,
      });
    } catch (error) {
      if (stopping?.aborted) throw new InterruptedError("Stopped.");
      throw await serverCommandError(server, error);
    }
  }

  return {
    execute: (document, variables) => send(document, variables, isQuery(document) ? signal : undefined),

    async *download(address, stopping) {
      try {
        yield* download(server, address, stopping);
      } catch (error) {
        throw await serverCommandError(server, error);
      }
    },

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
