// TypeScript types from schema.graphql, by GraphQL Code Generator: scripts/build.js runs it.
const scalars = {
  ID: "string",
  // Beyond what a JSON number holds exactly, a string of digits.
  BigInt: "string | number",
  DateTime: "string",
};

/** @type {import("@graphql-codegen/cli").CodegenConfig} */
export default {
  schema: "schema.graphql",
  silent: true,
  generates: {
    // What the package exports as "medoid/client": types alone.
    "dist/client.d.ts": {
      plugins: ["typescript"],
      config: { scalars, enumsAsTypes: true, avoidOptionals: { field: true } },
    },
    // The operations of the examples: their variables and data, as documents that carry these types.
    "examples/generated/operations.ts": {
      documents: "examples/*.graphql",
      plugins: ["typescript-operations", "typed-document-node"],
      config: { scalars, enumsAsTypes: true, useTypeImports: true },
    },
  },
};
