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
import type { DatabaseVersion, FinishedRow } from "../database/databaseVersion.js";
import type { RequestRecord } from "../operation/requestRecord.js";
import { standsOn } from "./lastingAnswers.js";

interface ServerContext {
  req: IncomingMessage;
  res: ServerResponse;
  record: RequestRecord;
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

export interface ResponseCacheOptions {
  /** How much text is kept, about; 0: none. */
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
 * It stands last among the plugins: those before it have admitted the request, by throwing where they do not.
 */
export function cacheResponses(
  version: DatabaseVersion,
  { bytes, audience }: ResponseCacheOptions,
): Plugin<ServerContext, ServerContext> {
  const kept =
    bytes > 0
      ? new LRUCache<string, KeptAnswer>({
          maxSize: bytes,
          maxEntrySize: Math.ceil(bytes * longestShare),
          sizeCalculation: ({ text }, key) => 2 * (text.length + key.length),
          ttl: longestMilliseconds,
        })
      : null;

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
  /** Tells a GET what its answer is called; the client may have it already. */
  function identify({ etag }: Answer, request: Request, { req, res }: ServerContext): void {
    if (req.method !== "GET") return;
    res.setHeader("ETag", etag);
    res.setHeader("Cache-Control", "private, no-cache"); // to be kept, but not used without asking
    res.appendHeader("Vary", "Accept");
    const tags = req.headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
    if (tags?.includes(etag) || tags?.includes("*")) known.add(request);
  }

  return {
    async onParams({ params, request, context, paramsHandler, setParamsHandler, setResult }) {
      const key = keyOf(params, audience(context.req));
      const found = kept?.get(key);
      if (found) {
        if (await holds(found)) {
          context.record.kind = "query";
          context.record.operationName = found.operationName;
          identify(found, request, context);
          setResult(told(found));
          return;
        }
        kept?.delete(key);
      }
      const query = queryOf(params);
      if (!query) return;
      setParamsHandler(async (payload) => {
        const before = await version.current();
        const rows = standsOn(query.document, params.operationName ?? undefined, params.variables ?? {});
        const lasting = rows && (await version.exist(rows)) ? rows : null;
        const result = await paramsHandler(payload);
        if (!isPlain(result)) return result;
        const text = JSON.stringify(result);
        const answer = {
          text,
          operationName: query.operation.name?.value,
          etag: `"${createHash("sha256").update(text).digest("base64url")}"`,
        };
        if (before !== null) kept?.set(key, { ...answer, version: before, rows: lasting });
        identify(answer, request, context);
        return told(answer);
      });
    },

    onResponse({ request, response, setResponse, fetchAPI }) {
      if (known.has(request) && response.status === 200)
        setResponse(new fetchAPI.Response(null, { status: 304 }));
    },
  };
}

/** All that decides an answer. Variables in another order only make another key. */
function keyOf({ query, operationName, variables, extensions }: GraphQLParams, audience: string): string {
  return JSON.stringify([audience, query, operationName, variables, extensions]);
}

/** Beyond these a document is not kept, nor is what it asks for: it costs more to read than it saves. */
const longestDocument = { characters: 20_000, tokens: 1_000 };
const documents = new LRUCache<string, DocumentNode>({ max: 500 });

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

/** A result that Yoga need not put together again. */
function told({ text }: Answer): ExecutionResult {
  return { data: {}, stringify: () => text } as ExecutionResult;
}
