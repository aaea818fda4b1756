import { setMaxListeners } from "node:events";
import type { GraphQLResolveInfo } from "graphql";
import type { App } from "../app.js";
import type { ExportedFile } from "../export/exportedFile.js";
import { exportPath } from "../export/exportPath.js";
import { type MapPointsFile, mapPointsPath } from "../export/mapPoints/mapPointsFile.js";
import type { ErrorCode } from "../resolvers/errors.js";
import { createLoaders, type Loaders } from "../resolvers/loaders/loaders.js";
import { RowsRead } from "../resolvers/loaders/rowsRead.js";

/** Limits the bytes of the texts and vectors of a response. */
export interface ResponseBudget {
  /** Call it before resolving more. @throws GraphQLError (REQUEST_LIMIT) if the budget is exceeded already */
  throwIfExceeded(info: GraphQLResolveInfo): void;
  /** Starts again from 0, for the next event of a subscription, which is a response of its own. */
  reset(): void;
}

/** The values that the resolvers of one operation share. */
export interface Context {
  readonly app: App;
  /** The caller, to whom idempotency keys belong; "" if there are no API keys, so that all callers share them. */
  readonly caller: string;
  /** The address of this server, without a slash at the end, with which the URLs of images and files begin. */
  readonly baseUrl: string;
  /** The URL of an image, by the bare UUID of its invocation. */
  readonly imageUrl: (invocationId: string) => string;
  /** The URL of a table of a clustering result. */
  readonly exportUrl: (file: ExportedFile) => string;
  /** The URL of the points of a map. */
  readonly mapPointsUrl: (file: MapPointsFile) => string;
  /** Aborts when the server stops; subscriptions then end. */
  readonly stopping?: AbortSignal;
  /** Whether the caller may still read: its API key may be revoked during a subscription. Absent: everybody may. */
  readonly isStillAllowed?: () => Promise<boolean>;
  /** Aborts when the operation's time is over; it then starts no further statement and writes nothing. */
  readonly cancellation: AbortController;
  /** The number of objects that the operation may have to read, once it has been counted. */
  readonly complexity?: number;
  /** Counts the rows that were read for the operation. */
  readonly rowsRead: RowsRead;
  /** Limits the size of the response. Absent: no limit. */
  readonly responseBudget?: ResponseBudget;
  /** Receives the code of each error that a mutation returns, even if the code is not selected. */
  readonly noteError?: (code: ErrorCode) => void;
  /** The loaders, which cache rows. They are replaced after a write and at each event of a subscription. */
  loaders: Loaders;
}

export interface ContextOptions
  extends Pick<
    Context,
    "caller" | "baseUrl" | "stopping" | "isStillAllowed" | "responseBudget" | "noteError"
  > {
  /** Returns the parameters to add to a path: a signature, if API keys are required. Default: none. */
  sign?: (path: string) => string;
}

export function createContext(app: App, { sign, ...options }: ContextOptions): Context {
  const url = (path: string) => {
    const signature = sign ? `${path.includes("?") ? "&" : "?"}${sign(path)}` : "";
    return `${options.baseUrl}${path}${signature}`;
  };
  const cancellation = new AbortController();
  // Each statement and analysis that is running has a listener, and a query may have any number of them at once.
  setMaxListeners(0, cancellation.signal);
  const rowsRead = new RowsRead();
  return {
    imageUrl: (id) => url(`/images/${id}`),
    exportUrl: (file) => url(exportPath(file)),
    mapPointsUrl: (file) => url(mapPointsPath(file)),
    ...options,
    app,
    cancellation,
    rowsRead,
    loaders: createLoaders(app, { signal: cancellation.signal, rowsRead }),
  };
}

/**
 * Drops the cached rows, because rows have changed. Later reads are no longer cancelled when the operation's time is
 * over: after a write, the client must learn what was written, and a subscription has no time limit.
 */
export function forgetLoaded(context: Context): void {
  context.loaders = createLoaders(context.app, { rowsRead: context.rowsRead });
}
