import {
  buildSchema,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
} from "graphql";
import { expect, test } from "vitest";
import { factsOf, isLong } from "../../src/schema/fieldFacts.js";
import { schema } from "../../src/schema/index.js";
import { isPage } from "../../src/server/limits/operationComplexity.js";
import { servedSchema } from "../../src/server/servedSchema.js";

type Field = GraphQLField<unknown, unknown>;

/** Every field of an object type, by its place, "Type.field". */
function fieldsOf(of: GraphQLSchema): [string, Field][] {
  return Object.values(of.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith("__"))
    .flatMap((type) =>
      (isObjectType(type) ? Object.values(type.getFields()) : []).map((field): [string, Field] => [
        `${type.name}.${field.name}`,
        field,
      ]),
    );
}

const isListOfObjects = ({ type }: Field) =>
  isListType(getNullableType(type)) && isCompositeType(getNamedType(type));

/** The lists of objects of unspecified length: with neither a page argument nor an extension. */
const unsizedLists = (of: GraphQLSchema) =>
  fieldsOf(of)
    .filter(([, field]) => isListOfObjects(field) && field.name !== "edges")
    .filter(([, field]) => {
      const { size, sizedBy, sizedByInput } = factsOf(field);
      return size === undefined && sizedBy === undefined && sizedByInput === undefined;
    })
    .map(([place]) => place);

test("every list of objects has a size, or is a page", () => {
  expect(unsizedLists(schema)).toEqual([]);
  expect(unsizedLists(servedSchema())).toEqual([]);
  // Pages, whose size is given by their arguments, are the fields that return connections.
  const edges = fieldsOf(schema).filter(([, field]) => isListOfObjects(field) && field.name === "edges");
  const connections = new Set(
    fieldsOf(schema)
      .filter(([, field]) => isPage(field))
      .map(([, field]) => getNamedType(field.type).name),
  );
  expect(new Set(edges.map(([place]) => place.split(".")[0]))).toEqual(connections);
});

test("a list of objects without a specified size is found", () => {
  const unsized = buildSchema(
    "type Query { things: [Thing!]! names: [String] } type Thing { parts: [Thing] one: Thing }",
  );
  expect(unsizedLists(unsized)).toEqual(["Query.things", "Thing.parts"]);
});

test("the extensions of the fields are those that the limits and the cache read", () => {
  const names = [
    ...["size", "sizedBy", "sizedByInput", "sizedByCombinations", "weight"],
    ...["mutable", "mutableWith", "annotation"],
    ...["dependsOnResult", "findsImmutable", "readsOthers", "long"],
  ];
  const said = fieldsOf(schema).flatMap(([place, { extensions }]) =>
    Object.entries(extensions)
      .filter(([name]) => !name.startsWith("pothos")) // extensions that Pothos adds itself
      .map(([name, value]) => [place, name, typeof value === "object" ? JSON.stringify(value) : value]),
  );
  expect([...new Set(said.map(([, name]) => name))].filter((name) => !names.includes(String(name)))).toEqual(
    [],
  );
  expect(said.map((fact) => fact.join(" "))).toMatchInlineSnapshot(`
    [
      "Cluster.composition sizedBy limit",
      "Cluster.distinctTextCount readsOthers true",
      "Cluster.exemplars sizedBy limit",
      "Cluster.medoidText readsOthers true",
      "Cluster.name annotation true",
      "Cluster.note annotation true",
      "Cluster.topTexts sizedBy limit",
      "ClusteringComparison.lineage sizedBy limit",
      "ClusteringResult.assign sizedBy ["embeddingIds","vectors"]",
      "ClusteringResult.assign size 1000",
      "ClusteringResult.assign mutableWith embeddingIds",
      "ClusteringResult.exportUrl readsOthers true",
      "ClusteringResult.joiningOutliers sizedBy within",
      "ClusteringResult.map mutable true",
      "ClusteringResult.merges size 500",
      "ClusteringResult.name annotation true",
      "ClusteringResult.note annotation true",
      "ClusteringResult.outlierComposition sizedBy limit",
      "ClusteringResult.spanningTreeFrom mutable true",
      "ClusteringResult.sweep size 100",
      "ClusteringResult.sweep sizedByCombinations input",
      "ClusteringResult.sweep weight 90",
      "Embedding.assignment mutable true",
      "Embedding.assignments mutable true",
      "Embedding.memberships sizedBy limit",
      "Embedding.memberships dependsOnResult clusteringResultId",
      "Embedding.neighbours sizedBy limit",
      "Embedding.neighbours dependsOnResult clusteringResultId",
      "Embedding.position mutable true",
      "EmbeddingMap.pointsUrl readsOthers true",
      "EmbeddingModel.embeddingCount mutable true",
      "InvalidInputError.issues size 20",
      "Invocation.embedding mutable true",
      "Invocation.embeddings size 4",
      "Invocation.embeddings mutable true",
      "OutputImage.mediaType long false",
      "Query.cluster findsImmutable {"id":"Cluster"}",
      "Query.clusteringResult findsImmutable {"id":"ClusteringResult"}",
      "Query.compareClusteringResults findsImmutable {"from":"ClusteringResult","to":"ClusteringResult"}",
      "Query.embeddingModels size 20",
      "Query.initialPrompts sizedBy limit",
      "Query.invocationModels sizedBy limit",
      "Query.networks sizedBy limit",
      "Query.nodes sizedBy ids",
      "RecordedTrajectories.runs sizedByInput runs",
      "Run.clusterPath mutable true",
      "Run.invocationCount mutable true",
      "Run.invocations mutable true",
      "RunInUseError.clusteringResults size 20",
      "RunInUseError.embeddingMaps size 20",
    ]
  `);
  for (const [place, { args, extensions }] of fieldsOf(schema)) {
    const { sizedBy, sizedByCombinations, mutableWith, findsImmutable } = factsOf({ extensions });
    const named = [
      ...Object.keys(findsImmutable ?? {}),
      sizedBy ?? sizedByCombinations ?? [],
      mutableWith ?? [],
    ].flat();
    expect(
      args.map(({ name }) => name),
      place,
    ).toEqual(expect.arrayContaining(named));
  }
});

test("texts, JSON and lists of scalars are marked as long, and nothing else is", () => {
  const long = fieldsOf(schema).filter(([, field]) => isLong(field));
  expect(
    [...new Set(long.map(([, { type }]) => String(getNullableType(type))))].sort(),
  ).toMatchInlineSnapshot(`
    [
      "JSON",
      "String",
      "[Float!]",
      "[ID!]",
      "[String!]",
      "[[String!]!]",
    ]
  `);
  expect(isLong({ ...long[0][1], extensions: { long: false } })).toBe(false);
});
