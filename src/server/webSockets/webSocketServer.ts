import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { handleProtocols } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { setSafeHeaders } from "../browsers/safeHeaders.js";
import { asRefusal, invalidRequest, type Refusal, serverStops } from "../errors.js";
import type { RejectionReason } from "../limits/rejections.js";
import { refuse } from "../refusal.js";
import { beginRecord, type RequestRecord, requestIdHeader } from "../requestRecord.js";
import { useOriginForm } from "../requestTarget.js";
import { responseError } from "../responseError.js";
import { openConnection } from "./connection.js";
import { foreignOrigin, mayConnectFrom } from "./origin.js";
import { asksForWebSocket, respondAsHttp } from "./otherUpgrades.js";
import { createSocketOperations, type SocketOperationsOptions, SocketSession } from "./socketOperations.js";

/** Interval between the pings to each client. Proxies close connections that are silent for a minute. */
const defaultHeartbeatMilliseconds = 12_000;

export interface WebSocketOptions extends Pick<SocketOperationsOptions, "parts" | "observer" | "execute"> {
  /** Interval between the pings to each client. Default: 12 s. */
  heartbeatMilliseconds?: number;
}

export interface WebSockets {
  /** Returns the number of open WebSockets. */
  count(): number;
  /**
   * Accepts no further WebSockets, and closes all open ones so that their clients connect again elsewhere:
   * each after the responses to its queries and mutations were sent.
   * @param graceMilliseconds maximum time to wait for these responses
   */
  stop(graceMilliseconds: number): Promise<void>;
}

/** Serves GraphQL over WebSockets at /graphql, by the protocol graphql-transport-ws. */
export function serveWebSockets(http: Server, options: WebSocketOptions): WebSockets {
  const { parts, observer, heartbeatMilliseconds = defaultHeartbeatMilliseconds } = options;
  const { admission, rejections, exceeded, log, ownUrls } = parts;
  const { settings } = parts.app;
  const protocol = createSocketOperations(options);
  const webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: settings.limitBodyBytes,
    clientTracking: false,
  });
  const sessions = new Set<SocketSession>();
  /** Number of WebSockets that are being opened. */
  let opening = 0;
  let stopping = false;

  const heartbeat = setInterval(() => {
    for (const { connection } of sessions) connection.beat();
  }, heartbeatMilliseconds).unref();

  /**
   * @returns the reason why a request whose Host header was accepted may not open a WebSocket; null if it may
   */
  async function refusalOf(request: IncomingMessage, record: RequestRecord): Promise<Refusal | null> {
    if (record.path !== "/graphql" || settings.limitSockets === 0) return noWebSocket;
    if (stopping) return serverStops();
    if (sessions.size + opening > settings.limitSockets) return tooMany(settings.limitSockets);
    if (!mayConnectFrom(request, ownUrls, settings.corsOrigins)) {
      rejections.add("CROSS_SITE");
      return foreignOrigin;
    }
    const admitted = await admission.admit(request, record);
    if ("requester" in admitted) return null;
    // A page cannot set the header for a WebSocket, so its key may come in connectionParams.
    const { code } = admitted.extensions;
    if (code === "UNAUTHENTICATED" && request.headers.authorization === undefined) return null;
    rejections.add(code as RejectionReason);
    return admitted;
  }

  function tooMany(maximum: number): Refusal {
    const message = `At most ${maximum} WebSockets are open at a time.`;
    return asRefusal(exceeded({ limit: "SOCKETS", maximum, message, http: { status: 503 } }));
  }

  /** @returns whether a WebSocket may be opened; if not, the refusal has been sent */
  async function mayOpen(request: IncomingMessage, socket: Socket, record: RequestRecord): Promise<boolean> {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.setHeader(requestIdHeader, record.id);
    setSafeHeaders(response);
    response.once("finish", () => {
      observer.note(record, { status: response.statusCode, aborted: false });
      socket.end();
    });
    if (!(await admission.checkHost(request, response, record))) return false;
    let refusal: Refusal | null;
    try {
      refusal = await refusalOf(request, record);
    } catch (error) {
      refusal = asRefusal(responseError(error, log));
    }
    if (refusal) refuse(response, record, refusal);
    else response.detachSocket(socket);
    return refusal === null;
  }

  http.on("upgrade", async (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (!asksForWebSocket(request)) return respondAsHttp(http, request, socket, head);
    socket.on("error", () => {}); // the client has disconnected, which "close" reports
    useOriginForm(request);
    const record = beginRecord(request);
    record.kind = "websocket";
    opening++;
    try {
      if (!(await mayOpen(request, socket, record))) return;
      let isOpened = false;
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        isOpened = true;
        openSession(request, record, webSocket);
      });
      // The handshake was invalid, and ws has responded to it.
      if (!isOpened) observer.note(record, { status: 400, aborted: false });
    } finally {
      opening--;
    }
  });

  function openSession(request: IncomingMessage, record: RequestRecord, webSocket: WebSocket): void {
    let session: SocketSession;
    openConnection(webSocket, {
      protocol,
      extra: (connection) => {
        session = new SocketSession(request, record, connection);
        return session;
      },
      onMessage: () => session.endAbandoned(),
      onTooLong: () => rejections.add("BODY_BYTES"),
      onInternalError: (error) => responseError(error, log),
      onClosed: (code) => {
        sessions.delete(session);
        session.endAbandoned();
        record.closeCode = code;
        observer.note(record, { status: 101, aborted: false });
      },
    });
    sessions.add(session!);
  }

  return {
    count: () => sessions.size,
    async stop(graceMilliseconds) {
      stopping = true;
      clearInterval(heartbeat);
      const over = new AbortController();
      const { signal } = over;
      const deadline = delay(graceMilliseconds, undefined, { signal }).catch(() => {});
      await Promise.all(
        [...sessions].map((session) => session.connection.leave(Promise.race([session.idle(), deadline]))),
      );
      over.abort();
    },
  };
}

const noWebSocket = invalidRequest("WebSockets are served at /graphql, where the server serves any.", {
  status: 404,
});
