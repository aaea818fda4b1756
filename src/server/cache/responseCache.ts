import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type DocumentNode,
  type ExecutionResult,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
} from "graphql";
import type { GraphQLParams, Plugin } from "graphql-yoga";
import { LRUCache } from "lru-cache";
import type { DatabaseVersion } from "../../database/database.js";
import { contentEncodingFor, isJson, type SentBody } from "../contentEncoding.js";
import { matchesETag } from "../eTag.js";
import type { RequestRecord } from "../requestRecord.js";
import { cachedDocuments } from "./documentCache.js";
import { type Dependencies, dependsOn } from "./immutableResults.js";

interface ServerContext {
  req: IncomingMessage;
  /** Absent if the operation came over a WebSocket. */
  res?: ServerResponse;
  record: RequestRecord;
  /** The request's body; null if it has none. */
  body: Buffer | null;
  /** The response's body, if it is compressed. */
  sent?: SentBody;
}

interface Query {
  document: DocumentNode;
  operation: OperationDefinitionNode;
}

interface QueryResponse {
  text: string;
  operationName: string | undefined;
  etag: string;
}

interface CachedResponse extends QueryResponse {
  /**
   * The database's version before the response was computed, or when the response was last found to be valid.
   */
  version: string;
  /** The finished rows, if the response depends only on these; null if it is valid only for its version. */
  finished: FinishedState | null;
}

/** What a response depends on, and the annotations of that before the response was computed. */
interface FinishedState extends Dependencies {
  state: string;
}

/** The response to a request, and the bytes that were sent. */
interface CachedExchange extends SentBody {
  response: CachedResponse;
  contentType: string;
}

export interface ResponseCache {
  readonly plugin: Plugin<ServerContext, ServerContext>;
  /** Caches the bytes that are sent. It must come after the plugin that compresses them. */
  readonly keepSent: Plugin<ServerContext, ServerContext>;
  /**
   * Responds, without parsing, to a request that is identical to an earlier one, byte by byte.
   * @param context includes the request's body, unless the method is GET; the request must have been admitted
   * @returns whether it has responded
   */
  respond(context: ServerContext & { res: ServerResponse }): Promise<boolean>;
}

export interface ResponseCacheOptions {
  /** Approximate maximum size of the cache in bytes; 0 disables it. */
  bytes: number;
  /**
   * Returns a text of all on which a response depends besides the operation, such as the caller and the
   * address by which it reaches this server.
   */
  varyBy(request: IncomingMessage): string;
}

/** The largest fraction of the cache that one response may take, including its key. */
const longestShare = 0.1;
/** Entries are validated on every use; in addition, none outlives this. */
const longestMilliseconds = 60_000;

/**
 * Caches the responses to queries for as long as they are valid: while the database is unchanged, or, if a
 * response depends only on finished clusterings, while these exist, and, if it shows annotations, have no new ones. Each
 * request checks this in the database,
 * so that a change by any process has effect immediately. Errors are never cached.
 *
 * The plugin must come after those that refuse a request while its parameters are read, which they do by
 * throwing. A hit skips the steps that follow, and a request with the same bytes skips all of them. This is
 * safe, because their verdicts depend only on the request and on `varyBy`.
 */
export function createResponseCache(
  version: DatabaseVersion,
  { bytes, varyBy }: ResponseCacheOptions,
): ResponseCache {
  const isEnabled = bytes > 0;
  const half = Math.max(1, Math.ceil(bytes / 2));
  const limits = {
    maxSize: half,
    maxEntrySize: Math.ceil(bytes * longestShare),
    ttl: longestMilliseconds,
  };
  const results = new LRUCache<string, CachedResponse>({
    ...limits,
    sizeCalculation: ({ text }, key) => text.length + 2 * key.length,
  });
  /** The bytes that were sent, by everything in a request on which they depend. */
  const exchanges = new LRUCache<string, CachedExchange>({
    ...limits,
    sizeCalculation: ({ bytes }, key) => bytes.length + 2 * key.length,
  });

  async function isValid(response: CachedResponse): Promise<boolean> {
    const now = await version.current();
    if (now === null) return false;
    if (response.version !== now) {
      if (!response.finished || !(await isUnchanged(response.finished))) return false;
      response.version = now;
    }
    return true;
  }

  async function isUnchanged({ rows, annotations, state }: FinishedState): Promise<boolean> {
    const now = await version.annotationsOf(rows);
    return annotations ? now === state : now !== null;
  }

  const unchanged = new WeakSet<Request>();
  /**
   * Sets the entity tag of the response to a GET request.
   * @returns whether the client already has that response
   */
  function setETag({ etag }: QueryResponse, { req, res }: ServerContext): boolean {
    if (req.method !== "GET" || !res) return false;
    res.setHeader("ETag", etag);
    // Clients may cache the response, but must validate it before each use.
    res.setHeader("Cache-Control", "private, no-cache");
    res.appendHeader("Vary", "Accept");
    return matchesETag(req, etag);
  }

  /** Returns the key of a request in `exchanges`; null if the response is not cached. */
  function requestKey({ req, body }: ServerContext): string | null {
    if (req.method !== "GET" && !body) return null;
    const { accept, "content-type": type } = req.headers;
    const parts = [req.method, req.url, varyBy(req), accept, type, contentEncodingFor(req)];
    return [...parts, body?.toString("latin1")].join("\n");
  }

  /** The cached responses that Yoga is sending, first by the result and later by the request. */
  const responding = new WeakMap<object, CachedResponse>();

  const plugin: Plugin<ServerContext, ServerContext> = {
    async onParams({ params, request, context, paramsHandler, setParamsHandler, setResult }) {
      if (!context.res) return; // its messages enclose the result, so the text is of no use
      if (!isEnabled && context.req.method !== "GET") return;
      const query = queryOf(params);
      // This is checked before the variables are serialised as a key, since those of a recording are long.
      if (!query) return;
      const key = keyOf(params, varyBy(context.req));
      const found = results.get(key);
      if (found) {
        if (await isValid(found)) {
          context.record.kind = "query";
          context.record.operationName = found.operationName;
          if (setETag(found, context)) unchanged.add(request);
          setResult(asResult(found));
          return;
        }
        results.delete(key);
      }
      setParamsHandler(async (payload) => {
        const before = await version.current();
        const found = dependsOn(query.document, params.operationName ?? undefined, params.variables ?? {});
        const state = found && (await version.annotationsOf(found.rows));
        const finished = found === null || state === null ? null : { ...found, state };
        const result = await paramsHandler(payload);
        if (!isPlain(result)) return result;
        const text = JSON.stringify(result);
        const response: QueryResponse = {
          text,
          operationName: query.operation.name?.value,
          // The tag is weak, because it is the same for all encodings.
          etag: `W/"${createHash("sha256").update(text).digest("base64url")}"`,
        };
        if (setETag(response, context)) unchanged.add(request);
        if (!isEnabled || before === null) return asResult(response);
        const toCache: CachedResponse = { ...response, version: before, finished };
        results.set(key, toCache);
        return asResult(toCache);
      });
    },

    // If the request contains several operations, the result is a list, which is not in this map.
    onResultProcess({ request, result }) {
      const response = responding.get(result);
      if (response) responding.set(request, response);
    },

    onResponse({ request, response, setResponse, fetchAPI }) {
      if (response.status === 200 && unchanged.has(request))
        setResponse(new fetchAPI.Response(null, { status: 304 }));
    },
  };

  const keepSent: Plugin<ServerContext, ServerContext> = {
    onResponse({ request, response, serverContext }) {
      const cached = responding.get(request);
      const contentType = response.headers.get("content-type") ?? "";
      if (response.status !== 200 || !cached || !isJson.test(contentType)) return;
      const key = requestKey(serverContext);
      if (key === null) return;
      const sent = serverContext.sent ?? { encoding: null, bytes: Buffer.from(cached.text) };
      exchanges.set(key, { ...sent, response: cached, contentType });
    },
  };

  /** Creates a result that Yoga sends as the given text, without serialising it again. */
  function asResult(response: QueryResponse): ExecutionResult {
    const result = { data: {}, stringify: () => response.text } as ExecutionResult;
    if (isCached(response)) responding.set(result, response);
    return result;
  }

  return {
    plugin,
    keepSent,
    async respond(context) {
      const key = isEnabled ? requestKey(context) : null;
      const found = key !== null && exchanges.get(key);
      if (!found) return false;
      if (!(await isValid(found.response))) {
        exchanges.delete(key);
        return false;
      }
      const { res, record } = context;
      const { response, contentType, encoding, bytes } = found;
      record.kind = "query";
      record.operationName = response.operationName;
      if (setETag(response, context)) {
        res.writeHead(304).end();
        return true;
      }
      res.writeHead(200, {
        "Content-Type": contentType,
        "Content-Length": bytes.length,
        ...(encoding !== null && { "Content-Encoding": encoding }),
      });
      res.end(bytes);
      return true;
    },
  };
}

const isCached = (response: QueryResponse): response is CachedResponse => "version" in response;

/**
 * Returns a key of everything on which a response depends. Variables in another order give another key, which
 * is only a miss.
 */
function keyOf({ query, operationName, variables, extensions }: GraphQLParams, varyBy: string): string {
  return JSON.stringify([varyBy, query, operationName, variables, extensions]);
}

/**
 * Limits beyond which neither a document nor its response is cached: parsing it would cost more than caching
 * saves.
 */
const longestDocument = { characters: 20_000, tokens: 1_000 };
const documents = cachedDocuments();

/** Parses the query of a request; null if it is another operation, or will be refused. */
function queryOf({ query = "", operationName }: GraphQLParams): Query | null {
  if (query.length > longestDocument.characters) return null;
  let document = documents.get(query);
  try {
    document ??= parse(query, { noLocation: true, maxTokens: longestDocument.tokens });
  } catch {
    return null;
  }
  documents.set(query, document);
  const operation = getOperationAST(document, operationName);
  return operation?.operation === "query" ? { document, operation } : null;
}

/**
 * Whether a result is data alone, as opposed to a stream, a result with errors, or one that serialises
 * itself.
 */
function isPlain(result: unknown): result is ExecutionResult {
  if (typeof result !== "object" || result === null || Array.isArray(result)) return false;
  if (Symbol.asyncIterator in result || "stringify" in result) return false;
  const { data, errors, extensions } = result as ExecutionResult;
  return data != null && errors === undefined && !(extensions && "http" in extensions);
}
