import { readFileSync } from "node:fs";
import {
  buildSchema,
  execute,
  GraphQLError,
  getIntrospectionQuery,
  getVariableValues,
  NoSchemaIntrospectionCustomRule,
  parse,
  validate,
} from "graphql";
import { expect, test } from "vitest";
import * as messages from "../../../src/server/limits/graphqlMessages.js";

const schema = buildSchema(
  "enum Colour { RED } type Query { field(colour: Colour! = RED): String a: String }",
);

function errorOf(text: string, maxTokens: number): unknown {
  try {
    parse(text, { maxTokens });
  } catch (error) {
    return error;
  }
  return null;
}

/** An error as graphql itself creates it, by the function that recognises it. */
const provoked: Record<string, () => unknown> = {
  isTokenLimit: () => errorOf("{ a a a }", 3),
  isIntrospectionDisabled: () =>
    validate(schema, parse("{ __schema { description } }"), [NoSchemaIntrospectionCustomRule])[0],
  isIntrospectionCircular: () =>
    validate(
      schema,
      parse("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"),
    )[0],
  isValidationAborted: () => validate(schema, parse(`{ ${"a ".repeat(1200)} }`))[0],
  isArgumentInvalid: async () => {
    const document = parse("query($colour: Colour) { field(colour: $colour) }");
    const { errors } = await execute({ schema, document, variableValues: { colour: null } });
    return errors?.[0];
  },
};

const recognisers = Object.entries(messages).filter(([name]) => name.startsWith("is")) as [
  string,
  (error: unknown) => boolean,
][];

test.each(recognisers)(
  "%s recognises the error that graphql creates, and no other",
  async (name, recognises) => {
    const error = await provoked[name]();
    expect(error).toBeInstanceOf(GraphQLError);
    expect(recognises(error)).toBe(true);
    for (const [other, make] of Object.entries(provoked)) {
      if (other !== name) expect(recognises(await make()), other).toBe(false);
    }
  },
);

test("allowed documents cause none of these errors", () => {
  expect(errorOf("{ a a a }", 5)).toBe(null);
  expect(validate(schema, parse(getIntrospectionQuery()))).toEqual([]);
  expect(validate(schema, parse(`{ ${"a ".repeat(500)} }`))).toEqual([]);
  const tooMany = validate(schema, parse("{ b c d }"), undefined, { maxErrors: 2 });
  expect(tooMany).toHaveLength(3); // the last one says that there are more
  expect(tooMany.map(messages.isValidationAborted)).toEqual([false, false, false]);
});

test("withoutSuggestion removes graphql's suggestions", () => {
  const { definitions } = parse("query($colour: Colour) { a }");
  const variables = (definitions[0] as never as { variableDefinitions: [] }).variableDefinitions;
  const { errors } = getVariableValues(schema, variables, { colour: "REDD" });
  const message = errors?.[0].message ?? "";
  expect(message).toMatch(/Did you mean the enum value "RED"\?$/);
  expect(messages.withoutSuggestion(message)).toBe(message.replace(/ Did you mean .*/, ""));
});

test("packages on whose private parts Medoid relies have one exact version", () => {
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  for (const name of ["pg", "graphql", "bullmq"]) {
    expect([name, dependencies[name]]).toEqual([name, packages[`node_modules/${name}`].version]);
  }
});
