import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLObjectType,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  parse,
  printSchema,
  validateSchema,
} from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { schema } from "../../src/schema/index.js";
import { operationComplexity } from "../../src/server/limits/operationComplexity.js";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeMap,
  writeQueuedClustering,
  writeRuns,
} from "../fixtures.js";
import { groupedRows, writeRun } from "../temporaryApp.js";

const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith("__"));
const objects = types.filter(isObjectType);
const [query, mutation] = [schema.getQueryType()!, schema.getMutationType()!];
const fieldsOf = (type: GraphQLObjectType) => Object.values(type.getFields());
const namesOf = (type: GraphQLObjectType) => Object.keys(type.getFields());
const isNode = (type: GraphQLObjectType) => type.getInterfaces().some(({ name }) => name === "Node");

describe("the schema's conventions", () => {
  test("only a Node has an id", () => {
    const withId = types.filter(
      (type) => (isObjectType(type) || isInterfaceType(type)) && "id" in type.getFields(),
    );
    expect(withId.map(({ name }) => name).sort()).toEqual(
      ["Node", ...objects.filter(isNode).map(({ name }) => name)].sort(),
    );
    expect(withId.length).toBe(8);
  });

  test("a page is an XConnection of XEdges, named after its nodes, and no other type has such a name", () => {
    const connections = objects.filter((type) => "pageInfo" in type.getFields());
    expect(connections.length).toBe(11);
    for (const connection of connections) {
      expect(namesOf(connection)).toEqual(expect.arrayContaining(["edges", "pageInfo", "totalCount"]));
      const edge = getNamedType(connection.getFields().edges.type) as GraphQLObjectType;
      expect(edge.name.replace(/Edge$/, "Connection")).toBe(connection.name);
      expect(namesOf(edge)).toEqual(expect.arrayContaining(["cursor", "node"]));
    }
    const named = (ending: string) => objects.filter(({ name }) => name.endsWith(ending));
    expect(named("Connection").sort()).toEqual(connections.sort());
    expect(named("Edge")).toHaveLength(connections.length);
    // An edge with only its node is named after the node's type, wherever the page is.
    for (const edge of named("Edge").filter((type) => namesOf(type).length === 2)) {
      const node = String(getNamedType(edge.getFields().node.type));
      // The page of nodes of a tree is named after the tree.
      expect(edge.name).toBe(`${node.replace(/TreeNode$/, "Tree")}Edge`);
    }
  });

  test("a mutation returns the union XPayload, and takes an XInput or ids", () => {
    const unions = types.filter(isUnionType);
    expect(fieldsOf(mutation).map(({ type }) => String(type))).toEqual(
      namesOf(mutation).map((name) => `${name[0].toUpperCase()}${name.slice(1)}Payload`),
    );
    expect(unions.map(({ name }) => name).sort()).toEqual(
      fieldsOf(mutation)
        .map(({ type }) => getNamedType(type).name)
        .sort(),
    );
    for (const { name, args } of fieldsOf(mutation)) {
      const takes = args.map((argument) => `${argument.name}: ${argument.type}`);
      expect([["id: ID!"], [`input: ${name[0].toUpperCase()}${name.slice(1)}Input!`]]).toContainEqual(takes);
    }
  });

  test("every error implements Error, and is named XError", () => {
    for (const type of objects) {
      expect(type.getInterfaces().some(({ name }) => name === "Error")).toBe(type.name.endsWith("Error"));
    }
  });

  test("every field of Query and Mutation is nullable", () => {
    const required = [query, mutation].flatMap((root) =>
      fieldsOf(root).filter(({ type }) => isNonNullType(type)),
    );
    expect(required).toEqual([]);
  });

  test("custom scalars name their specification, and the printed schema describes itself", () => {
    const scalars = types.filter((type) => isScalarType(type) && !isSpecifiedScalarType(type));
    expect(scalars.map((type) => isScalarType(type) && [type.name, type.specifiedByURL])).toEqual([
      ["BigInt", expect.stringMatching(/^https:/)],
      ["DateTime", expect.stringMatching(/^https:/)],
      ["JSON", expect.stringMatching(/^https:/)],
    ]);
    expect(validateSchema(schema)).toEqual([]);
    expect(printSchema(schema)).toContain(`${schema.description!.slice(0, 60)}`);
    expect(printSchema(schema)).toMatch(/"""\nschema \{/);
  });
});

/** Every argument and input field with a default, by its place: "Type.field(argument)" or "Input.field". */
const defaulted = types.flatMap((type): [string, GraphQLArgument | GraphQLInputField][] => {
  const found = (inputs: readonly (GraphQLArgument | GraphQLInputField)[]) =>
    inputs.filter(({ defaultValue }) => defaultValue !== undefined);
  if (isInputObjectType(type)) {
    return found(Object.values(type.getFields())).map((field) => [`${type.name}.${field.name}`, field]);
  }
  if (!isObjectType(type)) return [];
  return fieldsOf(type).flatMap(({ name, args }) =>
    found(args).map((argument): [string, GraphQLArgument] => [
      `${type.name}.${name}(${argument.name})`,
      argument,
    ]),
  );
});

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 4 });
  await writeClustering(fixture, { result: 0, embeddings: 20, assign: (n) => ({ label: n < 12 ? 0 : 1 }) });
});
afterAll(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

describe("where an argument or input field has a default, null means the default", () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await openFixture();
    await writeRuns(fixture, { runs: 4 });
    await writeClustering(fixture, { result: 0, embeddings: 20, assign: (n) => ({ label: n < 12 ? 0 : 1 }) });
    await writeMap(fixture, { embeddings: 20 });
    await writeQueuedClustering(fixture, 1);
    await writeRun(fixture.app, groupedRows(2, 5, 6));
  });
  afterAll(() => fixture.close());
  /** A request for each, in which the value is inserted: the response shows which value was used. */
  const requests: Record<string, (value: string) => string> = {
    "Cluster.topTexts(limit)": (limit) =>
      `{ cluster(id: "${id("Cluster", 0)}") { topTexts${limit && `(limit: ${limit})`} { text } } }`,
    "Cluster.composition(limit)": (limit) =>
      `{ cluster(id: "${id("Cluster", 0)}") { composition(by: SEQUENCE_DECILE${limit && `, limit: ${limit}`}) { value } } }`,
    "ClusteringResult.outlierComposition(limit)": (limit) =>
      `{ clusteringResult(id: "${id("ClusteringResult", 0)}") { outlierComposition(by: RUN${limit && `, limit: ${limit}`}) { value } } }`,
    "Embedding.memberships(limit)": (limit) =>
      `{ embedding(id: "${id("Embedding", 0)}") { memberships(clusteringResultId: "${id("ClusteringResult", 1)}"${limit && `, limit: ${limit}`}) { share } } }`,
    "Cluster.exemplars(limit)": (limit) =>
      `{ clusteringResult(id: "${id("ClusteringResult", 0)}") { cluster(label: 7) { exemplars${limit && `(limit: ${limit})`} { id } } } }`,
    "Query.networks(limit)": (limit) => `{ networks${limit && `(limit: ${limit})`} { runCount } }`,
    "Query.initialPrompts(limit)": (limit) => `{ initialPrompts${limit && `(limit: ${limit})`} { text } }`,
    "Query.invocationModels(limit)": (limit) =>
      `{ invocationModels${limit && `(limit: ${limit})`} { text } }`,
    "Embedding.neighbours(limit)": (limit) =>
      `{ embedding(id: "${id("Embedding", 0)}") { neighbours(clusteringResultId: "${id("ClusteringResult", 0)}"${limit && `, limit: ${limit}`}) { embedding { id } } } }`,
    "ClusteringResult.exportUrl(format)": (format) =>
      `{ clusteringResult(id: "${id("ClusteringResult", 0)}") { exportUrl(table: CLUSTERS${format && `, format: ${format}`}) } }`,
    "ClusteringResult.exportUrl(vectors)": (vectors) =>
      `{ clusteringResult(id: "${id("ClusteringResult", 0)}") { exportUrl(table: CLUSTERS${vectors && `, vectors: ${vectors}`}) } }`,
    "ClusteringComparison.lineage(skip)": (skip) =>
      `{ compareClusteringResults(from: "${id("ClusteringResult", 0)}", to: "${id("ClusteringResult", 0)}") {
        lineage${skip && `(skip: ${skip})`} { kind sharedCount } } }`,
    "ClusteringComparison.lineage(limit)": (limit) =>
      `{ compareClusteringResults(from: "${id("ClusteringResult", 0)}", to: "${id("ClusteringResult", 0)}") {
        lineage${limit && `(limit: ${limit})`} { kind sharedCount } } }`,
    "EmbeddingMap.pointsUrl(origin)": (origin) =>
      `{ embeddingMap(id: "${id("EmbeddingMap", 0)}") { pointsUrl${origin && `(origin: ${origin})`} } }`,
    "ClusterOrder.direction": (direction) => `{ clusteringResult(id: "${id("ClusteringResult", 0)}") {
      clusters(orderBy: { field: SIZE ${direction && `direction: ${direction}`} }) { edges { cursor node { label } } } } }`,
  };
  for (const [place, { name }] of defaulted) {
    const [type] = place.split(".");
    if (type !== "ClusterEmbeddingsInput" && type !== "ReductionInput") continue;
    requests[place] = (value) => {
      const given = value && `${name}: ${value}`;
      // The model "Model" has enough dimensions to be reduced to as many as the default says.
      const input =
        type === "ReductionInput"
          ? `embeddingModel: "Model", reduction: { ${given} }`
          : `embeddingModel: "words" ${given}`;
      return `mutation { clusterEmbeddings(input: { ${input} }) {
      ... on ClusteringResult { algorithm parameters {
        clusterSelectionMethod clusterSelectionEpsilon alpha allowSingleCluster metric normalize
        reduction { method dimensions neighbours minDistance seed }
      } } ... on Error { message } } }`;
    };
  }

  for (const [place, { name }] of defaulted) {
    if (!place.startsWith("MapEmbeddingsInput.")) continue;
    requests[place] = (
      value,
    ) => `mutation { mapEmbeddings(input: { embeddingModel: "words" ${value && `${name}: ${value}`} }) {
      ... on EmbeddingMap { method neighbours minDistance seed metric normalize } ... on Error { message } } }`;
  }

  test("each of them is nullable, and is requested here", () => {
    expect(defaulted.map(([place]) => place).sort()).toEqual(Object.keys(requests).sort());
    expect(defaulted.length).toBe(33);
    expect(defaulted.filter(([, { type }]) => isNonNullType(type))).toEqual([]);
  });

  test.each(defaulted)("%s", async (place, { name, type }) => {
    const absent = await fixture.data(requests[place](""));
    expect(JSON.stringify(absent)).not.toContain('"message"');
    expect(await fixture.data(requests[place]("null"))).toEqual(absent);
    const request = requests[place]("$value").replace(
      /^(query|mutation)? ?\{/,
      (_, operation = "query") => `${operation}($value: ${type}) {`,
    );
    expect(await fixture.data(request, { value: null }), name).toEqual(absent);
    expect(await fixture.data(request, {})).toEqual(absent);
  });

  test("and costs the same as the default", () => {
    const cost = (limit: string, variables = {}) =>
      operationComplexity({
        schema,
        document: parse(
          `query($n: Int, $five: Int = 5) { cluster(id: "${id("Cluster", 0)}") { topTexts${limit} { text } } }`,
        ),
        variableValues: variables,
      });
    expect([cost(""), cost("(limit: null)"), cost("(limit: $n)", { n: null }), cost("(limit: $n)")]).toEqual([
      11, 11, 11, 11,
    ]);
    expect([cost("(limit: $five)"), cost("(limit: $five)", { five: null })]).toEqual([6, 11]);
  });

  test("an idempotency key treats null and absent alike", async () => {
    const start = (input: object) =>
      fixture.data(
        "mutation($input: ClusterEmbeddingsInput!) { clusterEmbeddings(input: $input) { __typename ... on ClusteringResult { id } } }",
        { input: { embeddingModel: "words", idempotencyKey: "null or absent", ...input } },
      );
    const nulls = Object.fromEntries(
      defaulted
        .filter(([place]) => place.startsWith("ClusterEmbeddingsInput."))
        .map(([, field]) => [field.name, null]),
    );
    expect(await start(nulls)).toEqual(await start({}));
  });
});

describe("an invalid argument of one root field leaves the others their data", () => {
  /** A value that the argument's type accepts and its field refuses. */
  function refusedValue({ name, type }: GraphQLArgument): string {
    const named = getNamedType(type);
    if (isListType(isNonNullType(type) ? type.ofType : type)) return '["nonsense"]';
    if (named.name === "ID") return '"nonsense"';
    if (named.name === "Int") return "-1";
    if (named.name === "String") return name === "after" || name === "before" ? '"no cursor"' : '"\\u0000"';
    if (isInputObjectType(named)) return '{ embeddingModel: "\\u0000" }';
    throw new Error(`No value of ${type} is known to be refused`);
  }
  /** Further arguments that a field requires, with values that it accepts. */
  const requiredBesides = ({ args }: { args: readonly GraphQLArgument[] }, argument: GraphQLArgument) =>
    args
      .filter((each) => each !== argument && isRequiredArgument(each))
      .map(({ name }) => `, ${name}: "${uuid("ClusteringResult", 0)}"`)
      .join("");
  const withArguments = fieldsOf(query).flatMap((field) =>
    field.args.map((argument): [string, string, GraphQLArgument] => [field.name, argument.name, argument]),
  );

  test("(every one that has an argument)", () => {
    expect(new Set(withArguments.map(([field]) => field)).size).toBe(fieldsOf(query).length - 1);
  });

  // The estimate of an input that would be refused has the refusal as its own error.
  const refusing = withArguments.filter(([field]) => field !== "clusteringEstimate");

  test.each(refusing)("%s(%s)", async (field, _, argument) => {
    const { data, errors } = await fixture.execute(`{
      before: embeddingModels { name }
      refused: ${field}(${argument.name}: ${refusedValue(argument)}${requiredBesides(query.getFields()[field], argument)}) { __typename }
      after: run(id: "${uuid("Run", 0)}") { id }
    }`);
    expect(data).toEqual({ before: [{ name: "words" }], refused: null, after: { id: id("Run", 0) } });
    expect(errors).toMatchObject([
      {
        path: ["refused"],
        extensions: { code: "INVALID_INPUT", issues: [{ path: expect.arrayContaining([argument.name]) }] },
      },
    ]);
  });
});
