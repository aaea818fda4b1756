// The operations of the page: the `*.graphql` files of web/, with their types and ids.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { concatAST, parse, print, separateOperations } from "graphql";
import { scalars, typesOf } from "./clientTypes.js";

const sources = () =>
  readdirSync("web", { recursive: true })
    .filter((file) => file.endsWith(".graphql"))
    .map((file) => `web/${file}`)
    .sort()
    .map((location) => ({ location, document: parse(readFileSync(location, "utf8")) }));

/** Each operation with the fragments that it uses: its name, kind and text, and the SHA-256 of the text as its id. */
function operations(files) {
  const separate = separateOperations(concatAST(files.map(({ document }) => document)));
  return Object.entries(separate).map(([name, document]) => {
    const { operation } = document.definitions.find(({ kind }) => kind === "OperationDefinition");
    const text = print(document);
    return { name, kind: operation, text, id: createHash("sha256").update(text).digest("hex") };
  });
}

/** A plugin of GraphQL Code Generator: each operation as a value that has the types of its data and variables. */
const operationValues = {
  plugin(_schema, files) {
    const values = operations(files).map(({ name, kind, text, id }) => {
      const types = `${name}${kind[0].toUpperCase()}${kind.slice(1)}`;
      const value = JSON.stringify({ name, kind, id, text }, null, 2);
      return `export const ${name[0].toLowerCase()}${name.slice(1)}: Operation<${types}, ${types}Variables> = ${value};`;
    });
    return {
      prepend: [`import type { Operation } from "../client/operation.js";`],
      content: values.join("\n"),
    };
  },
};

/** @param {string} filename of the operations as TypeScript */
export async function writeWebOperations(filename) {
  const plugins = { "typescript-operations": typescriptOperations, "operation-values": operationValues };
  const config = { scalars, enumsAsTypes: true, useTypeImports: true };
  const content = await typesOf(filename, plugins, config, sources());
  mkdirSync(dirname(filename), { recursive: true });
  writeFileSync(filename, content);
}

/** The operations' texts by their ids, as MEDOID_DOCUMENTS takes them. */
export function webDocuments() {
  return Object.fromEntries(operations(sources()).map(({ id, text }) => [id, text]));
}
