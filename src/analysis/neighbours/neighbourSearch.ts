import type { Database } from "../../database/database.js";
import { readThreadProgram } from "../../runtime/threadProgram.js";
import type { FoundNeighbours, NeighbourRequest } from "./nearestOfResult.js";

const program = readThreadProgram(new URL("./neighbourTasks.bundle.js", import.meta.url), import.meta.url);

/** Finds nearest neighbours in clusterings, on threads. */
export interface NeighbourSearch {
  /**
   * @param signal once it aborts, the search ends
   * @throws EmbeddingUnreadableError; the signal's reason once it aborts
   */
  find(request: NeighbourRequest, signal?: AbortSignal): Promise<FoundNeighbours>;
  /** Waits for the searches that are running, then ends the threads. */
  close(): Promise<void>;
}

export function createNeighbourSearch(database: Pick<Database, "openThreads">): NeighbourSearch {
  const threads = database.openThreads(program);
  return {
    find: (request, signal) => threads.run("nearestOfResult", request, { signal }),
    close: () => threads.close(),
  };
}
