import type { IncomingMessage } from "node:http";
import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLError,
  parse,
} from "graphql";
import { CloseCode, type Context, makeServer, type Server, type SubscribePayload } from "graphql-ws";
import type { Admitted } from "../access/admitted.js";
import { asError } from "../errors.js";
import type { RejectionReason } from "../limits/rejections.js";
import { recordErrors } from "../observability/recordOperation.js";
import type { ObservedRequest, RequestObserver } from "../observability/requestObserver.js";
import { beginSocketRecord, type RequestRecord } from "../requestRecord.js";
import { formattedError, responseError } from "../responseError.js";
import type { ServerParts } from "../serverParts.js";
import type { GraphqlHandler } from "../yoga.js";
import type { Connection } from "./connection.js";
import { requestIn } from "./subscribeMessage.js";

export interface SocketOperationsOptions {
  parts: ServerParts;
  observer: RequestObserver;
  /** Executes an operation with the same plugins as over HTTP. */
  execute: GraphqlHandler["execute"];
}

type OperationResponse = Awaited<ReturnType<GraphqlHandler["execute"]>>;

/** An operation that is being executed. */
interface Operation {
  readonly record: RequestRecord;
  /** The status that the response would have over HTTP. */
  status: number;
  /** Whether it is a subscription that sends events: a server that is stopping does not wait for its end. */
  lasts: boolean;
  /** Aborts when the client no longer waits for the operation. */
  readonly abandoned: AbortController;
  readonly ended: Promise<void>;
  within: ObservedRequest["within"];
  end(aborted?: boolean): void;
}

/** One connection, and the operations that run on it. */
export class SocketSession {
  readonly running = new Map<string, Operation>();
  /** Contains the operations for which the client waits; absent until the protocol is initialised. */
  context?: Pick<SessionContext, "subscriptions">;
  /** The authorization in `connectionParams`; absent if the request's header applies. */
  authorization?: string;

  constructor(
    /** The request that opened the connection, and its record. */
    readonly request: IncomingMessage,
    readonly record: RequestRecord,
    readonly connection: Connection,
  ) {}

  /**
   * Aborts the operations for which the client no longer waits. The protocol allows a client to cancel one at
   * any time.
   */
  endAbandoned(): void {
    for (const [id, operation] of this.running) {
      if (this.context && id in this.context.subscriptions) continue;
      operation.abandoned.abort(new DOMException("The client has gone.", "AbortError"));
    }
  }

  /** Resolves once nothing but subscriptions is running. */
  async idle(): Promise<void> {
    await Promise.all([...this.running.values()].filter(({ lasts }) => !lasts).map(({ ended }) => ended));
  }
}

type SessionContext = Context<Record<string, unknown>, SocketSession>;

/**
 * A placeholder for the document that graphql-ws expects to execute: the operation has already been executed.
 */
const answered = parse("{ __typename }");

/**
 * Creates a server of the protocol graphql-transport-ws. graphql-ws reads and writes its messages; each
 * operation is admitted, executed, logged and counted like one over HTTP.
 */
export function createSocketOperations(options: SocketOperationsOptions): Server<SocketSession> {
  const { parts, observer, execute } = options;
  const { admission, rejections, exceeded, limitJson, log } = parts;
  const maximum = parts.app.settings.limitSocketOperations;

  async function admit(session: SocketSession, record: RequestRecord): Promise<Admitted> {
    const admitted = await admission.admit(session.request, record, session.authorization);
    if ("requester" in admitted) return admitted;
    rejections.add(admitted.extensions.code as RejectionReason);
    throw asError(admitted);
  }

  async function connect(context: SessionContext): Promise<boolean> {
    const { extra: session, connectionParams } = context;
    session.context = context;
    const given = connectionParams?.Authorization ?? connectionParams?.authorization;
    if (given !== undefined) session.authorization = String(given);
    try {
      // A key in the header was checked, and its request charged, when the connection was opened.
      if (given !== undefined || session.request.headers.authorization === undefined) {
        await admit(session, session.record);
      }
      return true;
    } catch (error) {
      const reported = responseError(error, log);
      recordErrors(session.record, { errors: [reported] });
      const code = closeCodes[String(reported.extensions.code)] ?? CloseCode.InternalServerError;
      session.connection.close(code, reported.message);
      return false;
    }
  }

  function begin(session: SocketSession, id: string): Operation {
    const record = beginSocketRecord(session.record);
    const observed = observer.begin(record);
    let resolve = () => {};
    const ended = new Promise<void>((done) => {
      resolve = done;
    });
    const operation: Operation = {
      record,
      status: 200,
      lasts: false,
      abandoned: new AbortController(),
      ended,
      within: observed.within,
      end(aborted = false) {
        if (session.running.get(id) === operation) session.running.delete(id);
        observed.end({ status: operation.status, aborted });
        resolve();
      },
    };
    return operation;
  }

  async function respond(
    session: SocketSession,
    { record, abandoned }: Operation,
    payload: SubscribePayload,
    isTooMany: boolean,
  ): Promise<OperationResponse> {
    try {
      const admitted = await admit(session, record);
      if (isTooMany) {
        const message = `At most ${maximum} operations run at a time on one connection.`;
        throw exceeded({ limit: "SOCKET_OPERATIONS", maximum, message });
      }
      const context = { req: session.request, record, ...admitted };
      return await execute(requestIn(payload, limitJson), context, abandoned.signal);
    } catch (error) {
      return { errors: [responseError(error, log)] };
    }
  }

  async function run(
    { extra: session }: SessionContext,
    id: string,
    payload: SubscribePayload,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const isTooMany = session.running.size >= maximum;
    const operation = begin(session, id);
    if (!isTooMany) session.running.set(id, operation);
    const result = await operation.within(() => respond(session, operation, payload, isTooMany));
    if (Symbol.asyncIterator in result) operation.lasts = true;
    else {
      recordErrors(operation.record, result);
      operation.status = statusOf(result);
      if (result.data === undefined && result.errors?.length) {
        // These errors are sent in a message of their own, after which the operation has no other.
        operation.end(operation.abandoned.signal.aborted);
        return result.errors;
      }
    }
    return { schema: null as never, document: answered, rootValue: result, contextValue: null };
  }

  return makeServer<Record<string, unknown>, SocketSession>({
    onConnect: connect,
    onSubscribe: run,
    execute: ({ rootValue }) => rootValue as ExecutionResult,
    onNext: (_context, _id, _payload, _args, result) => formatted(result),
    onError: (_context, _id, _payload, errors) => errors.map(formattedError),
    onComplete: ({ extra: { running }, subscriptions }, id) => running.get(id)?.end(!(id in subscriptions)),
  });
}

/**
 * The codes with which a connection that is not admitted is closed, by the code of the error. Clients connect
 * again only after 1013.
 */
const closeCodes: Record<string, number> = {
  UNAUTHENTICATED: CloseCode.Unauthorized,
  RATE_LIMITED: 1013,
  DATABASE_UNAVAILABLE: 1013,
};

function statusOf({ errors = [] }: ExecutionResult): number {
  const statuses = errors.map(({ extensions }) => (extensions.http as { status?: number })?.status ?? 0);
  return Math.max(0, ...statuses) || 200;
}

function formatted({ errors, extensions, ...rest }: ExecutionResult): FormattedExecutionResult {
  const { http: _, ...shown } = extensions ?? {};
  return {
    ...rest,
    ...(errors && { errors: errors.map(formattedError) }),
    ...(extensions && { extensions: shown }),
  };
}
