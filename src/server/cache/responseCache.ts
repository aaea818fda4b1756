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
import type { DatabaseVersion, FinishedRow } from "../../database/database.js";
import { contentEncodingFor, isJson, type SentBody } from "../contentEncoding.js";
import { matchesETag } from "../eTag.js";
import type { RequestRecord } from "../requestRecord.js";
import { keptDocuments } from "./documentCache.js";
import { dependsOn } from "./immutableResults.js";

interface ServerContext {
  req: IncomingMessage;
  /** Absent where the operation came by a WebSocket. */
  res?: ServerResponse;
  record: RequestRecord;
  /** The request's body; null: it has none. */
  body: Buffer | null;
  /** The response's body, where it is compressed. */
  sent?: SentBody;
}

interface Query {
  document: DocumentNode;
  operation: OperationDefinitionNode;
}

interface Answer {
  text: string;
  operationName: string | undefined;
  etag: string;
}

interface KeptAnswer extends Answer {
  /** Of the database, before anything of the answer was read, or when it was last found to hold. */
  version: string;
  /** What it stands on, if it lasts; null: it holds for its version alone. */
  rows: FinishedRow[] | null;
}

/** What was answered to a request, and as what it was sent. */
interface Asked extends SentBody {
  answer: KeptAnswer;
  contentType: string;
}

export interface ResponseCache {
  readonly plugin: Plugin<ServerContext, ServerContext>;
  /** Keeps what is sent, compressed where it is: stands after the plugin that compresses. */
  readonly keepSent: Plugin<ServerContext, ServerContext>;
  /**
   * Answers a request that is the same as one before, byte by byte, without reading what it asks.
   * @param context with its body, unless it is a GET; who sends it must have been let in
   * @returns whether it was answered
   */
  answer(context: ServerContext & { res: ServerResponse }): Promise<boolean>;
}

export interface ResponseCacheOptions {
  /** How much is kept, about, compressed where it is; 0: none. */
  bytes: number;
  /** What, besides the operation, decides an answer: who asks, and how it addresses this server. */
  audience(request: IncomingMessage): string;
}

/** An answer that is longer, with its question, is not kept. */
const longestShare = 0.1;
/** Beyond what holds is checked at each use: nothing is kept for longer than this. */
const longestMilliseconds = 60_000;

/**
 * Keeps the answers to queries, for as long as they hold: while the database is as it was, or, where an answer stands
 * on finished clusterings alone, while these exist. Both are asked of the database itself for each request, so that
 * what is deleted or new shows at once, whoever wrote it. Errors are never kept.
 *
 * The plugin stands last: those before it have admitted the request, by throwing where they do not. What they let
 * pass once they let pass again: what they say depends on nothing but the request and the audience.
 */
export function createResponseCache(
  version: DatabaseVersion,
  { bytes, audience }: ResponseCacheOptions,
): ResponseCache {
  const keeps = bytes > 0;
  const half = Math.max(1, Math.ceil(bytes / 2));
  const limits = {
    maxSize: half,
    maxEntrySize: Math.ceil(bytes * longestShare),
    ttl: longestMilliseconds,
  };
  const kept = new LRUCache<string, KeptAnswer>({
    ...limits,
    sizeCalculation: ({ text }, key) => text.length + 2 * key.length,
  });
  /** By all of a request that its answer depends on. */
  const asked = new LRUCache<string, Asked>({
    ...limits,
    sizeCalculation: ({ bytes }, key) => bytes.length + 2 * key.length,
  });

  async function holds(answer: KeptAnswer): Promise<boolean> {
    const now = await version.current();
    if (now === null) return false;
    if (answer.version !== now) {
      if (!answer.rows || !(await version.exist(answer.rows))) return false;
      answer.version = now;
    }
    return true;
  }

  const known = new WeakSet<Request>();
  /** Says what the answer to a GET is called. @returns whether the client has it already */
  function identify({ etag }: Answer, { req, res }: ServerContext): boolean {
    if (req.method !== "GET" || !res) return false;
    res.setHeader("ETag", etag);
    res.setHeader("Cache-Control", "private, no-cache"); // to be kept, but not used without asking
    res.appendHeader("Vary", "Accept");
    return matchesETag(req, etag);
  }

  /** Null: of a request that is not looked for. */
  function requestKey({ req, body }: ServerContext): string | null {
    if (req.method !== "GET" && !body) return null;
    const { accept, "content-type": type } = req.headers;
    const asked = [req.method, req.url, audience(req), accept, type, contentEncodingFor(req)];
    return [...asked, body?.toString("latin1")].join("\n");
  }

  /** The kept answers that Yoga tells now: by their result, and then by the request. */
  const told = new WeakMap<object, KeptAnswer>();

  const plugin: Plugin<ServerContext, ServerContext> = {
    async onParams({ params, request, context, paramsHandler, setParamsHandler, setResult }) {
      if (!context.res) return; // its messages frame an answer, so that no text of it is of use
      if (!keeps && context.req.method !== "GET") return;
      const query = queryOf(params);
      if (!query) return; // and before its variables are written as a key: those of a recording are long
      const key = keyOf(params, audience(context.req));
      const found = kept.get(key);
      if (found) {
        if (await holds(found)) {
          context.record.kind = "query";
          context.record.operationName = found.operationName;
          if (identify(found, context)) known.add(request);
          setResult(tell(found));
          return;
        }
        kept.delete(key);
      }
      setParamsHandler(async (payload) => {
        const before = await version.current();
        const rows = dependsOn(query.document, params.operationName ?? undefined, params.variables ?? {});
        const lasting = rows && (await version.exist(rows)) ? rows : null;
        const result = await paramsHandler(payload);
        if (!isPlain(result)) return result;
        const text = JSON.stringify(result);
        const answer: Answer = {
          text,
          operationName: query.operation.name?.value,
          etag: `W/"${createHash("sha256").update(text).digest("base64url")}"`, // weak: of all encodings
        };
        if (identify(answer, context)) known.add(request);
        if (!keeps || before === null) return tell(answer);
        const toKeep: KeptAnswer = { ...answer, version: before, rows: lasting };
        kept.set(key, toKeep);
        return tell(toKeep);
      });
    },

    // Not where the request brought several operations: the result is a list then.
    onResultProcess({ request, result }) {
      const answer = told.get(result);
      if (answer) told.set(request, answer);
    },

    onResponse({ request, response, setResponse, fetchAPI }) {
      if (response.status === 200 && known.has(request))
        setResponse(new fetchAPI.Response(null, { status: 304 }));
    },
  };

  const keepSent: Plugin<ServerContext, ServerContext> = {
    onResponse({ request, response, serverContext }) {
      const answer = told.get(request);
      const contentType = response.headers.get("content-type") ?? "";
      if (response.status !== 200 || !answer || !isJson.test(contentType)) return;
      const key = requestKey(serverContext);
      if (key === null) return;
      const sent = serverContext.sent ?? { encoding: null, bytes: Buffer.from(answer.text) };
      asked.set(key, { ...sent, answer, contentType });
    },
  };

  /** A result that Yoga need not put together again. */
  function tell(answer: Answer): ExecutionResult {
    const result = { data: {}, stringify: () => answer.text } as ExecutionResult;
    if (isKept(answer)) told.set(result, answer);
    return result;
  }

  return {
    plugin,
    keepSent,
    async answer(context) {
      const key = keeps ? requestKey(context) : null;
      const found = key !== null && asked.get(key);
      if (!found) return false;
      if (!(await holds(found.answer))) {
        asked.delete(key);
        return false;
      }
      const { res, record } = context;
      const { answer, contentType, encoding, bytes } = found;
      record.kind = "query";
      record.operationName = answer.operationName;
      if (identify(answer, context)) {
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

const isKept = (answer: Answer): answer is KeptAnswer => "version" in answer;

/** All that decides an answer. Variables in another order only make another key. */
function keyOf({ query, operationName, variables, extensions }: GraphQLParams, audience: string): string {
  return JSON.stringify([audience, query, operationName, variables, extensions]);
}

/** Beyond these a document is not kept, nor is what it asks for: it costs more to read than it saves. */
const longestDocument = { characters: 20_000, tokens: 1_000 };
const documents = keptDocuments();

/** The query that a request asks; null where it asks for something else, or will be refused. */
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

/** Whether it is data alone, as opposed to a stream, errors, or what says itself how it is to be written. */
function isPlain(result: unknown): result is ExecutionResult {
  if (typeof result !== "object" || result === null || Array.isArray(result)) return false;
  if (Symbol.asyncIterator in result || "stringify" in result) return false;
  const { data, errors, extensions } = result as ExecutionResult;
  return data != null && errors === undefined && !(extensions && "http" in extensions);
}
