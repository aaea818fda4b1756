import { once } from "node:events";
import { WebSocket } from "ws";

// biome-ignore lint/suspicious/noExplicitAny: tests read into messages as they please
export type Message = any;

/** A WebSocket as the tests use it: messages that arrive are held until they are read. */
export interface SocketClient {
  readonly socket: WebSocket;
  /** Sends an object as JSON, and text unchanged. */
  send(message: object | string): void;
  /** The next message. */
  next(): Promise<Message>;
  /** The next message about the operation. */
  nextOf(id: string): Promise<Message>;
  /** Starts an operation, and returns its first message. */
  subscribe(payload: object, id?: string): Promise<Message>;
  /** Its close code, once it is closed, and the reason. */
  readonly closed: Promise<[code: number, reason: string]>;
}

export interface SocketClientOptions {
  protocol?: string | string[];
  headers?: Record<string, string>;
  autoPong?: boolean;
}

/** @throws Error with the status and the body, if the server refuses */
export async function openSocket(
  address: string,
  { protocol = "graphql-transport-ws", headers, autoPong = true }: SocketClientOptions = {},
): Promise<SocketClient> {
  const socket = new WebSocket(`${address.replace(/^http/, "ws")}/graphql`, protocol, { headers, autoPong });
  const waiting: Message[] = [];
  const readers: {
    wants(message: Message): boolean;
    take(message: Message): void;
    fail(error: Error): void;
  }[] = [];
  socket.on("message", (data) => {
    const message = JSON.parse(String(data));
    const at = readers.findIndex(({ wants }) => wants(message));
    if (at < 0) waiting.push(message);
    else readers.splice(at, 1)[0].take(message);
  });
  const closed = new Promise<[number, string]>((resolve) => {
    socket.once("close", (code, reason) => {
      resolve([code, String(reason)]);
      for (const { fail } of readers) fail(new Error(`closed with ${code} ${reason}`));
    });
  });
  const nextThat = (wants: (message: Message) => boolean) => {
    const at = waiting.findIndex(wants);
    if (at >= 0) return Promise.resolve(waiting.splice(at, 1)[0]);
    return new Promise<Message>((take, fail) => readers.push({ wants, take, fail }));
  };
  let count = 0;
  const client: SocketClient = {
    socket,
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    next: () => nextThat(() => true),
    nextOf: (id) => nextThat((message) => message.id === id),
    subscribe(payload, id = String(++count)) {
      client.send({ type: "subscribe", id, payload });
      return client.nextOf(id);
    },
    closed,
  };
  const refused = once(socket, "unexpected-response").then(async ([, response]) => {
    let body = "";
    for await (const chunk of response) body += chunk;
    throw Object.assign(new Error(`refused with ${response.statusCode}`), {
      status: response.statusCode,
      headers: response.headers,
      body: body && JSON.parse(body),
    });
  });
  refused.catch(() => {});
  await Promise.race([once(socket, "open"), refused]);
  socket.on("error", () => {}); // "close" reports it
  return client;
}

/** A client whose connection was acknowledged. */
export async function connect(
  address: string,
  { connectionParams, ...options }: SocketClientOptions & { connectionParams?: object } = {},
): Promise<SocketClient> {
  const client = await openSocket(address, options);
  client.send({ type: "connection_init", ...(connectionParams && { payload: connectionParams }) });
  const acknowledged = await client.next();
  if (acknowledged.type !== "connection_ack") throw new Error(JSON.stringify(acknowledged));
  return client;
}
