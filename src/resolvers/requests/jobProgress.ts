import type { App } from "../../app.js";
import type { JobStatus } from "../../database/generated/sqlite/client.js";
import { NotFoundError } from "../errors.js";
import { RequestError } from "../requestError.js";

export interface WatchOptions {
  stopping?: AbortSignal;
  /** Called before each row, because the client may lose its permission while it watches. */
  isStillAllowed?: () => Promise<boolean>;
}

const noLongerAllowed = () =>
  new RequestError({ code: "UNAUTHENTICATED", message: "The API key was revoked." });

/**
 * The current row of a job's subject, and its row again after each change, until it reaches a final status or is
 * deleted. Leaving the loop, or aborting `stopping`, ends the watch immediately.
 * @param find reads the row; null if it does not exist
 * @param id bare UUID
 * @param requestedId the id as the client sent it
 * @throws RequestError: NOT_FOUND before the first row, UNAUTHENTICATED once the permission is lost
 */
export async function jobProgress<Row extends { status: JobStatus }>(
  app: Pick<App, "changes">,
  find: () => Promise<Row | null>,
  id: string,
  requestedId: string,
  { stopping, isStillAllowed = async () => true }: WatchOptions = {},
): Promise<AsyncIterableIterator<Row>> {
  if ((await find()) === null) throw new RequestError(new NotFoundError(requestedId));

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
    // A generator that waits for the next change would not notice that its reader has left.
    return: () => {
      left.abort();
      return rows.return(undefined);
    },
    throw: (error) => {
      left.abort();
      return rows.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this as AsyncIterableIterator<Row>;
    },
  };
}
