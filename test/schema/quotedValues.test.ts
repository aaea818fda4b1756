import { randomUUID } from "node:crypto";
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { schema } from "../../src/schema/index.js";
import { type Fixture, id, openFixture, writeClustering, writeMap, writeRuns } from "../fixtures.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 2 });
  await writeClustering(fixture, { embeddings: 6, assign: () => ({ label: 0 }) });
  await writeMap(fixture, { embeddings: 6 });
});
afterAll(() => fixture.close());

/** Values that are out of most ranges, by the name of the type. */
const badValues: Record<string, unknown[]> = {
  Int: [-7, 0, 100_003],
  Float: [-7.5, 1e9],
  String: ["no such thing", "half a pair: \ud83d"],
  ID: ["nonsense", `User:${"0".repeat(8)}-0000-7000-8000-000000000000`],
};

/** Good values of required arguments and fields. */
const goodValues: Record<string, unknown> = {
  embeddingModel: "words",
  clusteringResultId: id("ClusteringResult", 0),
  label: 0,
  network: ["m"],
  initialPrompt: "p",
  model: "m",
  type: "TEXT",
  sequenceNumber: 0,
  reduction: { dimensions: 1 },
  minClusterSizes: [5],
  by: "RUN",
  vector: { floats: [1, 2] },
};

/** The good value of a required argument: of an id, that of an object of the field's own type. */
function goodValue(name: string, type: GraphQLInputType, ofType: string): unknown {
  // The id of a run to record is another one each time: what is recorded under it differs.
  if (name === "id") return ofType in kinds ? id(ofType as keyof typeof kinds, 0) : randomUUID();
  if (name === "ids") return [id("Run", 0)];
  if (name === "from" || name === "to") return id("ClusteringResult", 0);
  const nullable = getNullableType(type);
  if (isInputObjectType(nullable) && !(name in goodValues)) {
    const required = Object.values(nullable.getFields()).filter((field) => isNonNullType(field.type));
    return Object.fromEntries(required.map((field) => [field.name, goodValue(field.name, field.type, "")]));
  }
  if (isListType(nullable) && !(name in goodValues)) return [goodValue(name, nullable.ofType, "")];
  return goodValues[name];
}

const kinds = {
  ...{ Run: 0, Invocation: 0, Embedding: 0, EmbeddingModel: 0 },
  ...{ ClusteringResult: 0, Cluster: 0, EmbeddingMap: 0 },
};

/** The values of an input type that have one bad value within, which comes with each. */
function* withBadValue(name: string, type: GraphQLInputType): Generator<{ given: unknown; bad: unknown }> {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    // As many numbers as the model has dimensions: of a vector of another length, only the length is told.
    const others = name === "floats" ? [1] : [];
    for (const { given, bad } of withBadValue(name, nullable.ofType))
      yield { given: [given, ...others], bad };
  } else if (isInputObjectType(nullable)) {
    for (const field of Object.values(nullable.getFields())) {
      for (const { given, bad } of withBadValue(field.name, field.type)) {
        const good = nullable.isOneOf ? {} : (goodValue(name, nullable, "") as object);
        yield { given: { ...good, [field.name]: given }, bad };
      }
    }
  } else {
    for (const bad of badValues[getNamedType(nullable).name] ?? []) yield { given: bad, bad };
  }
}

/** The paths from a root to each object type that is reached first, and the fields with arguments on the way. */
function* fieldsWithArguments(root: GraphQLObjectType) {
  const seen = new Set<string>();
  const queue: [GraphQLObjectType, string[]][] = [[root, []]];
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [type, path] = next;
    if (seen.has(type.name)) continue;
    seen.add(type.name);
    for (const field of Object.values(type.getFields())) {
      if (field.args.length > 0) yield { path, field };
      const of = getNamedType(field.type);
      if (isObjectType(of)) queue.push([of, [...path, callOf(field)]]);
    }
  }
}

/** A field with its required arguments; `varied` has a variable as its value. */
function callOf(field: GraphQLField<unknown, unknown>, varied?: GraphQLArgument): string {
  const of = getNamedType(field.type).name;
  const given = field.args
    .filter((argument) => argument === varied || isNonNullType(argument.type))
    .map((argument) =>
      argument === varied
        ? `${argument.name}: $value`
        : `${argument.name}: ${literal(goodValue(argument.name, argument.type, of), argument.type)}`,
    );
  return given.length > 0 ? `${field.name}(${given.join(", ")})` : field.name;
}

const literal = (value: unknown, type: GraphQLInputType) =>
  isEnumType(getNullableType(type)) ? value : JSON.stringify(value)?.replace(/"(\w+)":/g, "$1:");

/** What a message or an issue says of a value: the start of its JSON. */
const startOf = (bad: unknown) => JSON.stringify(bad).slice(0, 60);

interface Refused {
  message: string;
  extensions?: { code: string; issues?: { value: string | null }[] };
  issues?: { value: string | null }[];
}

test("the message and the issue of each bad argument have its value", async () => {
  const refusedArguments = new Set<string>();
  const roots = [schema.getQueryType()!, schema.getMutationType()!];
  for (const root of roots) {
    const operation = root.name.toLowerCase();
    for (const { path, field } of fieldsWithArguments(root)) {
      if (operation === "mutation" && path.length > 0) continue; // objects are read through queries
      for (const argument of field.args) {
        for (const { given, bad } of withBadValue(argument.name, argument.type)) {
          const selected = [...path, callOf(field, argument) + selectionOf(field)].join(" { ");
          const query = `${operation}($value: ${argument.type}) { ${selected} ${" }".repeat(path.length + 1)}`;
          const { data, errors = [] } = await fixture.execute(query, { value: given });
          const returned = (data?.[field.name] as Refused | undefined) ?? null;
          const refusals: Refused[] = [
            ...(errors as Refused[]).filter(({ extensions }) => extensions?.code === "INVALID_INPUT"),
            ...(returned?.issues ? [returned] : []),
          ];
          for (const { message, extensions, issues = extensions?.issues } of refusals) {
            const about = `${field.name}(${argument.name}: ${JSON.stringify(given)}): ${message}`;
            const start = startOf(bad);
            expect(message, about).toContain(start);
            for (const { value } of issues ?? []) expect(value, about).toContain(start);
            refusedArguments.add(`${field.name}.${argument.name}`);
          }
        }
      }
    }
  }
  for (const known of [
    "runs.first",
    "topTexts.limit",
    "run.id",
    "clusters.last",
    "composition.key",
    "outlierComposition.limit",
    "clusterEmbeddings.input",
  ]) {
    expect(refusedArguments).toContain(known);
  }
  expect(fixture.internalErrors).toEqual([]);
});

/** What to select of a field: of a union that has it, the error. */
function selectionOf(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) return "";
  const isRefusal = isUnionType(type) && type.getTypes().some(({ name }) => name === "InvalidInputError");
  return isRefusal
    ? " { __typename ... on InvalidInputError { message issues { value } } }"
    : " { __typename }";
}
