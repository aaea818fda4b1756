// Writes TypeScript types from schema.graphql, by GraphQL Code Generator. (Its command line would install loaders of
// schemas from elsewhere, of which some need Node 22.)
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { codegen } from "@graphql-codegen/core";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as typescript from "@graphql-codegen/typescript";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const scalars = {
  ID: "string",
  // Beyond what a JSON number holds exactly, a string of digits.
  BigInt: "string | number",
  DateTime: "string",
};

/** @param {string} filename of what the package exports as "medoid/client": types alone */
export async function writeClientTypes(filename) {
  const config = { scalars, enumsAsTypes: true, avoidOptionals: { field: true } };
  const content = await generated(filename, { typescript }, config, []);
  mkdirSync(dirname(filename), { recursive: true });
  writeFileSync(filename, content);
}

/**
 * The operations of a folder's `*.graphql` files: their variables and data, as documents that carry these types.
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
  return generated(
    filename,
    { "typescript-operations": typescriptOperations, "typed-document-node": typedDocumentNode },
    config,
    documents,
  );
}

function generated(filename, pluginMap, config, documents) {
  const plugins = Object.keys(pluginMap).map((name) => ({ [name]: {} }));
  const schema = parse(readFileSync("schema.graphql", "utf8"));
  return codegen({ filename, schema, documents, config, plugins, pluginMap });
}
