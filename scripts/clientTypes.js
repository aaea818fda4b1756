// Writes TypeScript types from schema.graphql with GraphQL Code Generator. (Its command line would also install loaders
// for schemas from other sources, some of which need Node 22.)
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { codegen } from "@graphql-codegen/core";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as typescript from "@graphql-codegen/typescript";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

export const scalars = {
  ID: "string",
  // Numbers beyond what JSON can represent exactly are strings of digits.
  BigInt: "string | number",
  DateTime: "string",
  JSON: "unknown",
};

/** @param {string} filename of what the package exports as "medoid/client", which holds only types */
export async function writeClientTypes(filename) {
  const config = { scalars, enumsAsTypes: true, avoidOptionals: { field: true } };
  const content = await typesOf(filename, { typescript }, config, []);
  mkdirSync(dirname(filename), { recursive: true });
  writeFileSync(filename, content);
}

/**
 * The operations of a folder's `*.graphql` files: their variables and data, as documents with these types.
 * @param {string} filename
 * @param {string} folder
 */
export function operationTypes(filename, folder) {
  const documents = readdirSync(folder)
    .filter((file) => file.endsWith(".graphql"))
    .sort()
    .map((file) => `${folder}/${file}`)
    .map((location) => ({ location, document: parse(readFileSync(location, "utf8")) }));
  const config = { scalars, enumsAsTypes: true, useTypeImports: true };
  return typesOf(
    filename,
    { "typescript-operations": typescriptOperations, "typed-document-node": typedDocumentNode },
    config,
    documents,
  );
}

/** What the plugins write of the schema and the documents. */
export function typesOf(filename, pluginMap, config, documents) {
  const plugins = Object.keys(pluginMap).map((name) => ({ [name]: {} }));
  const schema = parse(readFileSync("schema.graphql", "utf8"));
  return codegen({ filename, schema, documents, config, plugins, pluginMap });
}
