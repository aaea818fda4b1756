import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { createYoga, type Plugin } from "graphql-yoga";
import { createContext } from "./context.js";
import { preflightHeaders, wouldBePreflighted } from "./crossSiteRequests.js";
import { scriptPath, serveGraphiqlPage, serveGraphiqlScript } from "./graphiqlPage.js";
import { type GraphiqlTab, graphiqlTabs } from "./graphiqlTabs.js";
import type { Medoid } from "./medoid.js";
import { imagePath, serveOutputImage } from "./outputImages.js";
import { type InternalErrorLog, logToConsole, responseError } from "./responseError.js";
import { schema } from "./schema/index.js";

export interface ServerOptions {
  /** Largest body of a request, in bytes. Default: 32 MB, for recordTrajectories. */
  maxRequestBytes?: number;
  /** Where clients reach this server, without a slash at the end. Default: what each request calls it. */
  baseUrl?: string;
  /** GraphiQL's tabs. Default: the walk and others, filled in from the database at each load of the page. */
  defaultTabs?: () => Promise<GraphiqlTab[]>;
  /** Takes what goes wrong inside. Default: the console. */
  log?: InternalErrorLog;
}

export interface MedoidServer {
  readonly http: Server;
  /** @returns the server's address, such as "http://127.0.0.1:4000" */
  listen(port: number, host: string): Promise<string>;
  /** Ends event streams, finishes what runs within the limit, and closes every connection. */
  stop(graceMilliseconds?: number): Promise<void>;
}

const defaultMaxRequestBytes = 32 * 1024 * 1024;
const defaultGraceMilliseconds = 10_000;

/** The HTTP server: GraphQL and GraphiQL at /graphql, images at /images. It does not close `medoid`. */
export function createServer(medoid: Medoid, options: ServerOptions = {}): MedoidServer {
  const { log = logToConsole, maxRequestBytes = defaultMaxRequestBytes } = options;
  const { prisma } = medoid.database;
  const tabs = options.defaultTabs ?? (() => graphiqlTabs(prisma));
  const stopping = new AbortController();

  const yoga = createYoga<{ req: IncomingMessage; res: ServerResponse }>({
    schema,
    graphqlEndpoint: "/graphql",
    context: ({ req }) =>
      createContext(medoid, {
        caller: "",
        baseUrl: options.baseUrl ?? `http://${req.headers.host ?? "localhost"}`,
        stopping: stopping.signal,
      }),
    maxRequestBodySize: maxRequestBytes,
    maskedErrors: { maskError: (error) => responseError(error, log) },
    plugins: [validationErrors(log)],
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    logging: false, // responseError logs
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Referrer-Policy", "no-referrer");
    const path = request.url?.split("?", 1)[0] ?? "";
    const reads = request.method === "GET" || request.method === "HEAD";
    if (path === "/graphql") {
      if (reads && request.headers.accept?.includes("text/html")) {
        return serveGraphiqlPage(await tabs(), request, response);
      }
      if (!wouldBePreflighted(request.method, request.headers)) return refuseCrossSite(response);
      await yoga(request, response);
      return;
    }
    if (reads) {
      const image = imagePath.exec(path);
      if (image) return serveOutputImage(prisma, image[1], request, response);
      if (scriptPath.test(path)) return serveGraphiqlScript(request, response);
      if (path === "/") {
        response.writeHead(302, { Location: "/graphql" }).end();
        return;
      }
    }
    response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" }).end("GraphQL is at /graphql.\n");
  }

  const http = createHttpServer((request, response) => {
    answer(request, response).catch((error) => {
      const { message } = responseError(error, log);
      if (!response.headersSent) response.writeHead(500, { "Content-Type": "text/plain; charset=utf-8" });
      response.end(`${message}\n`);
    });
  });

  return {
    http,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        http.once("error", reject);
        http.listen(port, host, () => {
          http.off("error", reject);
          const { port: opened } = http.address() as AddressInfo;
          resolve(`http://${host.includes(":") ? `[${host}]` : host}:${opened}`);
        });
      }),
    stop: async (graceMilliseconds = defaultGraceMilliseconds) => {
      stopping.abort();
      if (!http.listening) return;
      const closed = new Promise((resolve) => http.close(resolve));
      // A connection that was busy is closed when it falls idle, not when its client lets go of it.
      const idle = setInterval(() => http.closeIdleConnections(), 20);
      const deadline = setTimeout(() => http.closeAllConnections(), graceMilliseconds);
      await closed;
      clearInterval(idle);
      clearTimeout(deadline);
    },
  };
}

/** Yoga masks the errors of execution, not those of validation: they get their code here. */
function validationErrors(log: InternalErrorLog): Plugin {
  return {
    onValidate: () => (validated) => {
      if (!validated.valid) {
        validated.setResult(
          validated.result.map((error) => {
            const told = responseError(error, log);
            told.extensions.http = { spec: true, status: 400 };
            return told;
          }),
        );
      }
    },
  };
}

function refuseCrossSite(response: ServerResponse): void {
  const message = `A page of another site could have sent this. Send JSON as application/json, or a header ${preflightHeaders[0]} that is not empty.`;
  response.writeHead(400, { "Content-Type": "application/json; charset=utf-8" });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code: "INVALID_INPUT" } }] }));
}
