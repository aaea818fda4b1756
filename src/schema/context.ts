import type { GraphQLResolveInfo } from "graphql";
import type { App } from "../app.js";
import type { ErrorCode } from "../resolvers/errors.js";
import { createLoaders, type Loaders } from "../resolvers/loaders/loaders.js";
import { RowsRead } from "../resolvers/loaders/rowsRead.js";

/** How many bytes the texts and vectors of a response may take. */
export interface ResponseBudget {
  /** To be called before more is resolved. @throws GraphQLError (REQUEST_LIMIT) where it is exceeded already */
  throwIfExceeded(info: GraphQLResolveInfo): void;
  /** Each event of a subscription is a response of its own. */
  reset(): void;
}

/** What the resolvers of one operation share. */
export interface Context {
  readonly app: App;
  /** Whose idempotency keys an operation uses; "" where callers are not told apart. */
  readonly caller: string;
  /** Where this server is reached, without a slash at the end: what images' addresses begin with. */
  readonly baseUrl: string;
  /** An image's address, by its invocation's bare UUID. */
  readonly imageUrl: (invocationId: string) => string;
  /** Aborts when the server stops: subscriptions end. */
  readonly stopping?: AbortSignal;
  /** Whether who asked may still read: their key may be revoked while a subscription lasts. Absent: everybody may. */
  readonly isStillAllowed?: () => Promise<boolean>;
  /** Aborts when the operation's time is over: then it begins no statement any more, and writes nothing. */
  readonly cancellation: AbortController;
  /** The objects that the operation may have to read, once that was counted. */
  readonly cost?: number;
  /** What was read for it. */
  readonly rowsRead: RowsRead;
  /** Bounds what the response takes. Absent: nothing does. */
  readonly responseBudget?: ResponseBudget;
  /** Takes the code of each error that a mutation answers with, whatever of it is selected. */
  readonly noteError?: (code: ErrorCode) => void;
  /** What was loaded in this operation. Replaced after a write and at each event of a subscription. */
  loaders: Loaders;
}

export interface ContextOptions
  extends Pick<
    Context,
    "caller" | "baseUrl" | "stopping" | "isStillAllowed" | "responseBudget" | "noteError"
  > {
  /** Added to an image's address: where keys are needed, a signature. Default: nothing. */
  imageSignature?: (invocationId: string) => string;
}

export function createContext(app: App, { imageSignature = () => "", ...options }: ContextOptions): Context {
  const cancellation = new AbortController();
  const rowsRead = new RowsRead();
  return {
    imageUrl: (id) => `${options.baseUrl}/images/${id}${imageSignature(id)}`,
    ...options,
    app,
    cancellation,
    rowsRead,
    loaders: createLoaders(app.database, { signal: cancellation.signal, rowsRead }),
  };
}

/**
 * Forgets what was loaded, since rows have changed. What is read from then on is read to its end: after a write its
 * client must learn what was written, and a subscription may last.
 */
export function forgetLoaded(context: Context): void {
  context.loaders = createLoaders(context.app.database, { rowsRead: context.rowsRead });
}
