import type { App } from "../../app.js";
import { NotFoundError } from "../errors.js";
import { RequestError } from "../requestError.js";
import { type ClusteringResultRow, clusteringResultColumns } from "../rows.js";

export interface WatchOptions {
  stopping?: AbortSignal;
  /** Asked before each row: who watches may have lost the right to. */
  isStillAllowed?: () => Promise<boolean>;
}

const noLongerAllowed = () =>
  new RequestError({ code: "UNAUTHENTICATED", message: "The API key was revoked." });

/**
 * The row of a clustering now, and again whenever it changed, ending after a final state or when it was deleted.
 * Leaving the loop, or `stopping`, ends the watch at once.
 * @param id bare UUID
 * @param askedId the id as the client gave it
 * @throws RequestError: NOT_FOUND before the first row, UNAUTHENTICATED where the right was lost
 */
export async function clusteringProgress(
  app: App,
  id: string,
  askedId: string,
  { stopping, isStillAllowed = async () => true }: WatchOptions = {},
): Promise<AsyncIterableIterator<ClusteringResultRow>> {
  const find = () =>
    app.database.prisma.clusteringResult.findUnique({ where: { id }, select: clusteringResultColumns });
  if ((await find()) === null) throw new RequestError(new NotFoundError(askedId));

  const left = new AbortController();
  const signal = stopping ? AbortSignal.any([stopping, left.signal]) : left.signal;
  async function* states() {
    let last = "";
    for await (const _ of app.changes.watch(id, signal)) {
      const row = await find();
      if (row === null || signal.aborted) return;
      if (!(await isStillAllowed())) throw noLongerAllowed();
      const state = JSON.stringify(row);
      if (state !== last) yield row;
      last = state;
      if (row.status !== "QUEUED" && row.status !== "RUNNING") return;
    }
  }
  const rows = states();
  return {
    next: () => rows.next(),
    // A generator that waits for the next change would not hear that its reader has left.
    return: () => {
      left.abort();
      return rows.return(undefined);
    },
    throw: (error) => {
      left.abort();
      return rows.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this as AsyncIterableIterator<ClusteringResultRow>;
    },
  };
}
