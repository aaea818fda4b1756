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

/** What the rows of all subjects of jobs have in common. */
interface WatchedRow {
  status: JobStatus;
  finishedAt: Date | null;
  /** Of a clustering. */
  stage?: unknown;
}

const isFinal = ({ status }: WatchedRow): boolean => status !== "QUEUED" && status !== "RUNNING";

/**
 * The last state of work that was deleted before its final state was read. Only work that has ended can be deleted, so
 * that this is usually one that was cancelled first. Nothing tells if it had another end, which nobody could use: its
 * result is gone.
 */
const deleted = <Row extends WatchedRow>(row: Row): Row => ({
  ...row,
  status: "CANCELLED",
  finishedAt: new Date(),
  ...("stage" in row && { stage: null }),
});

/**
 * The current row of a job's subject, and its row again after each change, until its status is final. If it is deleted
 * before that, the last row is CANCELLED. Leaving the loop, or aborting `stopping`, ends the watch immediately.
 * @param find reads the row; null if it does not exist
 * @param id bare UUID
 * @param requestedId the id as the client sent it
 * @throws RequestError: NOT_FOUND before the first row, UNAUTHENTICATED once the permission is lost
 */
export async function jobProgress<Row extends WatchedRow>(
  app: Pick<App, "changes">,
  find: () => Promise<Row | null>,
  id: string,
  requestedId: string,
  { stopping, isStillAllowed = async () => true }: WatchOptions = {},
): Promise<AsyncIterableIterator<Row>> {
  const first = await find();
  if (first === null) throw new RequestError(new NotFoundError(requestedId));

  const left = new AbortController();
  const signal = stopping ? AbortSignal.any([stopping, left.signal]) : left.signal;
  async function* states(known: Row) {
    let last = "";
    for await (const _ of app.changes.watch(id, signal)) {
      const found = await find();
      if (signal.aborted) return;
      if (!(await isStillAllowed())) throw noLongerAllowed();
      const row = found ?? (isFinal(known) ? known : deleted(known));
      const state = JSON.stringify(row);
      if (state !== last) yield row;
      last = state;
      if (isFinal(row)) return;
      known = row;
    }
  }
  const rows = states(first);
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
