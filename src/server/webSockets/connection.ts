import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { CloseCode, type Server as ProtocolServer } from "graphql-ws";
import type { WebSocket } from "ws";
import { readMessage } from "./subscribeMessage.js";

/** Above it nothing more is read until the client has taken what it was sent. Bytes. */
const mostBuffered = 1_000_000;
/** A client that was told that the connection ends has this long to say that it knows. */
const closingMilliseconds = 1_000;
/** The most that a close frame holds. */
const longestReasonBytes = 123;

/** One WebSocket, between ws and the protocol. */
export interface Connection {
  /** Drops the connection where nothing came, and nothing was taken, since the last call; asks for a sign of life. */
  beat(): void;
  /** Takes no more messages, waits until `idle`, and has the client connect again elsewhere. */
  leave(idle: Promise<unknown>): Promise<void>;
  close(code: number, reason: string): void;
}

export interface ConnectionOptions<Extra> {
  protocol: ProtocolServer<Extra>;
  /** Makes what the protocol's hooks find in their context. */
  extra: (connection: Connection) => Extra;
  /** Takes what went wrong within the server while a message was handled. */
  onInternalError: (error: unknown) => void;
  /** A message was longer than is read. */
  onTooLong: () => void;
  /** After each message was taken. */
  onMessage: () => void;
  onClosed: (code: number) => void;
}

/** @throws nothing: whatever comes from the client ends with an answer, or with a close code of the protocol */
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

  /** Whoever sends without reading is not read from until it does: answers would fill the memory. */
  function holdBack(): void {
    if (socket.bufferedAmount > mostBuffered) socket.pause();
  }

  function send(data: string): Promise<void> {
    return new Promise((resolve) => {
      if (!isOpen()) return resolve();
      socket.send(data, () => {
        // Where it could not be sent the connection is over, and "close" says so.
        if (socket.isPaused && socket.bufferedAmount <= mostBuffered) socket.resume();
        resolve();
      });
      holdBack();
    });
  }

  const connection: Connection = {
    beat() {
      const { bufferedAmount } = socket;
      // A client that takes what it was sent, however slowly, has no time to answer a ping.
      if (!alive && !(bufferedAmount < waiting)) return socket.terminate();
      alive = false;
      waiting = bufferedAmount;
      if (isOpen()) socket.ping();
    },
    async leave(idle) {
      leaving = true;
      await idle;
      await turn(); // what was answered last is sent first
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
      // Without its payload: that may be nested deeper than can be written.
      onPing: () => send('{"type":"pong"}'),
    },
    options.extra(connection),
  );

  socket.on("message", async (data, isBinary) => {
    alive = true;
    if (!isOpen() || leaving) return;
    if (isBinary) return close(CloseCode.BadRequest, "Messages are text.");
    try {
      // Its types know no message that is parsed already, but it takes one.
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
  // Frames that break the protocol of WebSockets; ws closes the connection with the code that says so.
  socket.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") options.onTooLong();
  });
  socket.once("close", (code, reason) => {
    Promise.resolve(onClosed(code, String(reason))).catch(onInternalError);
    options.onClosed(code);
  });
  return connection;
}

/** graphql-ws throws this at a message that only a server sends. */
function isUnexpected(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Unexpected message of type");
}
