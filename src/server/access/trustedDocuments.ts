import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { usePersistedOperations } from "@graphql-yoga/plugin-persisted-operations";
import { type GraphQLSchema, parse, validate } from "graphql";
import type { GraphQLParams, Plugin } from "graphql-yoga";
import { decodeUtf8 } from "../../runtime/utf8.js";
import { SettingError, settingDefinitions } from "../../settings.js";
import { asError, invalidRequest, persistedQueryMissing } from "../errors.js";

/** Documents by their ids. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/**
 * Reads a JSON object of documents by their ids, as GraphQL Code Generator writes it
 * (persisted-documents.json).
 * @throws SettingError if the file cannot be read or a document is not valid, so that the fault appears when
 *   the server starts rather than at a request
 */
export function readTrustedDocuments(path: string, schema: GraphQLSchema): TrustedDocuments {
  const { variable } = settingDefinitions.documents;
  const wrong = (what: string) => new SettingError(`${variable} ${path}: ${what}`);
  let read: unknown;
  try {
    read = JSON.parse(decodeUtf8(readFileSync(path)));
  } catch (error) {
    throw wrong((error as Error).message);
  }
  if (typeof read !== "object" || read === null || Array.isArray(read)) {
    throw wrong("it must be a JSON object of documents by their ids.");
  }
  for (const [id, document] of Object.entries(read)) {
    if (typeof document !== "string") throw wrong(`the document ${id} is no string.`);
    let errors: readonly Error[];
    try {
      errors = validate(schema, parse(document));
    } catch (error) {
      errors = [error as Error];
    }
    if (errors.length > 0) throw wrong(`the document ${id} is not valid: ${errors[0].message}`);
  }
  const documents = new Map<string, string>();
  for (const [given, document] of Object.entries(read)) {
    const id = plainId(given);
    if ((documents.get(id) ?? document) !== document)
      throw wrong(`${id} has two documents, as ${given} too.`);
    documents.set(id, document);
  }
  return documents;
}

/**
 * Normalises an id that is a SHA-256 hash: the name of the algorithm and the case of the digits have no
 * meaning.
 */
function plainId(id: string): string {
  return /^(?:sha256:)?([0-9a-f]{64})$/i.exec(id)?.[1].toLowerCase() ?? id;
}

/**
 * Lets clients send a document's id instead of the document: as `documentId`, or as Apollo's
 * `extensions.persistedQuery.sha256Hash`. The links of Apollo and urql recognise the messages of the errors
 * below, and then send the document as well.
 * @param documents the documents that the server knows; null if there are none
 * @param only whether other documents are refused
 */
export function trustDocuments(documents: TrustedDocuments | null, only: boolean): Plugin {
  const invalid = (message: string, spec = false) => asError(invalidRequest(message, { spec }));
  const persisted = usePersistedOperations({
    allowArbitraryOperations: !only,
    getPersistedOperation: (id) => documents?.get(plainId(id)) ?? null,
    extractPersistedOperationId: (params) => idsOf(params)[0] ?? null,
    customErrors: {
      notFound: () => asError(persistedQueryMissing(documents !== null)),
      keyNotFound: () =>
        invalid(
          documents
            ? "Send a query, or the id of a document that the server knows."
            : "query: must be given.",
        ),
      persistedQueryOnly: () => invalid("This server takes only the ids of documents that it knows.", true),
    },
  });
  return {
    ...persisted,
    onParams(payload) {
      const ids = idsOf(payload.params).map(plainId);
      if (ids.length === 2 && ids[0] !== ids[1]) throw invalid(twoIds);
      const { query } = payload.params;
      const result = persisted.onParams?.(payload);
      // Apollo Server makes the same check. It applies only to documents that clients send: those of the
      // server may have any id in its file.
      if (query && ids.length > 0 && ids[0] !== createHash("sha256").update(query).digest("hex")) {
        throw invalid("provided sha does not match query");
      }
      return result;
    },
  };
}

const twoIds =
  "documentId and extensions.persistedQuery.sha256Hash name two documents. Send either, or the same in both.";

/** Returns the ids by which a request names its document, in both forms. */
function idsOf(params: GraphQLParams): string[] {
  const { documentId, extensions } = params as GraphQLParams & { documentId?: string };
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: { sha256Hash?: unknown } | null };
  return [documentId, persistedQuery?.sha256Hash].filter((id) => typeof id === "string");
}
