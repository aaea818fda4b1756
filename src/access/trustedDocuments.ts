import { readFileSync } from "node:fs";
import { usePersistedOperations } from "@graphql-yoga/plugin-persisted-operations";
import { GraphQLError, type GraphQLSchema, parse, validate } from "graphql";
import type { Plugin } from "graphql-yoga";
import { SettingError, settingDefinitions } from "../settings.js";

/** Documents by their id. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/**
 * Reads a JSON object of documents by their ids, as GraphQL Code Generator writes it (persisted-documents.json).
 * @throws SettingError where it cannot be read, or a document is not valid: better at the start than at a request
 */
export function readTrustedDocuments(path: string, schema: GraphQLSchema): TrustedDocuments {
  const { variable } = settingDefinitions.documents;
  const wrong = (what: string) => new SettingError(`${variable} ${path}: ${what}`);
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, "utf8"));
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
  return new Map(Object.entries(read));
}

/**
 * Lets clients send a document's id instead of the document: as `documentId`, or as Apollo's
 * `extensions.persistedQuery.sha256Hash`.
 * @param only whether nothing else is accepted
 */
export function trustDocuments(documents: TrustedDocuments, only: boolean): Plugin {
  const refusal = (message: string) => () =>
    new GraphQLError(message, { extensions: { code: "INVALID_INPUT", http: { status: 400, spec: true } } });
  return usePersistedOperations({
    allowArbitraryOperations: !only,
    getPersistedOperation: (id) => documents.get(id) ?? null,
    extractPersistedOperationId: (params) => {
      const { documentId } = params as { documentId?: unknown };
      const { persistedQuery } = (params.extensions ?? {}) as { persistedQuery?: { sha256Hash?: unknown } };
      const id = documentId ?? persistedQuery?.sha256Hash;
      return typeof id === "string" ? id : null;
    },
    customErrors: {
      notFound: refusal("PersistedQueryNotFound: the server knows no document by this id."),
      keyNotFound: refusal("Send a query, or the id of a document that the server knows."),
      persistedQueryOnly: refusal("This server takes only the ids of documents that it knows."),
    },
  });
}
