import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { CloseCode, type Server as ProtocolServer } from "graphql-ws";
import type { WebSocket } from "ws";
import { readMessage } from "./subscribeMessage.js";

/** Number of bytes waiting to be sent above which nothing more is read until the client has received them. */
const mostBuffered = 1_000_000;
/** Time that a client may take to confirm that the connection is closed. */
const closingMilliseconds = 1_000;
/** Maximum length of the reason in a close frame. */
const longestReasonBytes = 123;

/** One WebSocket, which connects the library ws with the protocol. */
export interface Connection {
  /**
   * Drops the connection if nothing was received from the client, and none of the waiting bytes were sent to
   * it, since the last call; otherwise sends a ping.
   */
  beat(): void;
  /**
   * Handles no more messages, waits until `idle` resolves, and closes the connection so that the client
   * connects again elsewhere.
   */
  leave(idle: Promise<unknown>): Promise<void>;
  close(code: number, reason: string): void;
}

export interface ConnectionOptions<Extra> {
  protocol: ProtocolServer<Extra>;
  /** Creates the value that the protocol's hooks find in their context as `extra`. */
  extra: (connection: Connection) => Extra;
  /** Called with an internal error that occurred while a message was handled. */
  onInternalError: (error: unknown) => void;
  /** Called when a message is longer than the limit. */
  onTooLong: () => void;
  /** Called after the protocol has received a message. */
  onMessage: () => void;
  onClosed: (code: number) => void;
}

/**
 * Connects a WebSocket with the protocol. It never throws: everything that a client sends leads to a response
 * or to a close code of the protocol.
 */
export function openConnection<Extra>(socket: WebSocket, options: ConnectionOptions<Extra>): Connection {
  const { protocol, onInternalError } = options;
  let alive = true;
  let waiting = 0;
  let leaving = false;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const isOpen = () => socket.readyState === socket.OPEN;

  function close(code: number, reason: string): void {
    if (!isOpen()) return;
    let text = reason.slice(0, longestReasonBytes);
    while (Buffer.byteLength(text) > longestReasonBytes) text = text.slice(0, -1);
    socket.close(code, text);
  }

  /**
   * Stops reading from a client that sends but does not receive, because the responses would fill the memory.
   */
  function holdBack(): void {
    if (socket.bufferedAmount > mostBuffered) socket.pause();
  }

  function send(data: string): Promise<void> {
    return new Promise((resolve) => {
      if (!isOpen()) return resolve();
      socket.send(data, () => {
        // If the message could not be sent, the connection has ended, which the event "close" reports.
        if (socket.isPaused && socket.bufferedAmount <= mostBuffered) socket.resume();
        resolve();
      });
      holdBack();
    });
  }

  const connection: Connection = {
    beat() {
      const { bufferedAmount } = socket;
      // A client that receives data, however slowly, may be unable to respond to a ping in time.
      if (!alive && !(bufferedAmount < waiting)) return socket.terminate();
      alive = false;
      waiting = bufferedAmount;
      if (isOpen()) socket.ping();
    },
    async leave(idle) {
      leaving = true;
      await idle;
      await turn(); // so that the last response is sent before the close frame
      close(1001, "The server stops. Connect again.");
      const ended = new AbortController();
      const { signal } = ended;
      await Promise.race([closed, delay(closingMilliseconds, undefined, { signal }).catch(() => {})]);
      ended.abort();
      socket.terminate();
    },
    close,
  };

  let takeMessage: (data: string) => Promise<void> = async () => {};
  const onClosed = protocol.opened(
    {
      protocol: socket.protocol,
      send,
      close: (code = CloseCode.BadRequest, reason = "") => close(code, reason),
      onMessage: (callback) => {
        takeMessage = callback;
      },
      // The payload is not sent back, because it may be nested too deep to be serialised.
      onPing: () => send('{"type":"pong"}'),
    },
    options.extra(connection),
  );

  socket.on("message", async (data, isBinary) => {
    alive = true;
    if (!isOpen() || leaving) return;
    if (isBinary) return close(CloseCode.BadRequest, "Messages are text.");
    try {
      // The types of graphql-ws do not allow a message that is already parsed, but it accepts one.
      const taken = takeMessage(readMessage(data as Buffer) as string);
      options.onMessage();
      await taken;
    } catch (error) {
      if (isUnexpected(error)) return close(CloseCode.BadRequest, "Invalid message received");
      onInternalError(error);
      close(CloseCode.InternalServerError, "Internal error");
    }
  });
  socket.on("pong", () => {
    alive = true;
  });
  socket.on("ping", holdBack);
  // The client sent a frame that violates the WebSocket protocol. ws closes the connection with the
  // appropriate code.
  socket.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") options.onTooLong();
  });
  socket.once("close", (code, reason) => {
    Promise.resolve(onClosed(code, String(reason))).catch(onInternalError);
    options.onClosed(code);
  });
  return connection;
}

/** Whether graphql-ws threw the error because the client sent a message that only servers may send. */
function isUnexpected(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Unexpected message of type");
}
