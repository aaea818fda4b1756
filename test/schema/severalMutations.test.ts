import { afterEach, beforeEach, expect, test } from "vitest";
import { type Fixture, id, openFixture, writeClustering, writeRuns } from "../fixtures.js";
import { type LimitedServer, serveLimited } from "../server/limits/limitedServer.js";

let fixture: Fixture;
let server: LimitedServer;
beforeEach(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 3 });
  server = await serveLimited(fixture);
});
afterEach(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await server.stop(0);
  await fixture.close();
});

const runs = () => fixture.prisma.run.count();
const deletion = (name: string, run: string, directive = "") =>
  `${name}: deleteRun(id: "${run}") ${directive} { ...D }`;
const fragment = "fragment D on DeletedRun { deletedId }";

test("several mutations are carried out in their order", async () => {
  const { status, json } = await server.post({
    query: `mutation($no: Boolean!) { __typename ...M ${deletion("b", id("Run", 1))} ${deletion("c", id("Run", 2), "@skip(if: $no)")} }
      fragment M on Mutation { ${deletion("a", id("Run", 0))} } ${fragment}`,
    variables: { no: true },
  });
  expect([status, json.errors]).toEqual([200, undefined]);
  expect(Object.entries(json.data)).toEqual([
    ["__typename", "Mutation"],
    ["a", { deletedId: id("Run", 0) }],
    ["b", { deletedId: id("Run", 1) }],
  ]);
  expect(json.extensions).toEqual({ cost: expect.anything() });
  expect(await runs()).toBe(1);
});

test.each([0, 1, 2])(
  "if one has an error (at place %i), only its field is null, and the others are carried out",
  async (place) => {
    const names = ["a", "b", "c"];
    const ids = names.map((_, i) => (i === place ? "nonsense" : id("Run", i)));
    const { status, json } = await server.post({
      query: `mutation { ${names.map((name, i) => deletion(name, ids[i])).join(" ")} } ${fragment}`,
    });
    expect([status, json.data]).toEqual([
      200,
      Object.fromEntries(names.map((name, i) => [name, i === place ? null : { deletedId: ids[i] }])),
    ]);
    expect(json.errors).toMatchObject([{ path: [names[place]], extensions: { code: "INVALID_INPUT" } }]);
    expect(json.extensions).toEqual({ cost: expect.anything() });
    expect(await runs()).toBe(1);
  },
);

test("if a result cannot be read, the error's path is inside the field, and the mutation was carried out", async () => {
  await writeClustering(fixture, { embeddings: 5, assign: () => ({ label: 0 }) });
  const { status, json } = await server.post({
    query: `mutation {
      a: cancelClustering(id: "${id("ClusteringResult", 0)}") { ... on ClusteringResult { clusters(first: -1) { totalCount } } }
      ${deletion("b", id("Run", 2))} } ${fragment}`,
  });
  expect([status, json.data]).toEqual([200, { a: null, b: { deletedId: id("Run", 2) } }]);
  expect(json.errors).toMatchObject([{ path: ["a", "clusters"], extensions: { code: "INVALID_INPUT" } }]);
});

test("if a variable is not valid, none is carried out", async () => {
  const { status, json, refusal } = await server.post({
    query: `mutation($id: ID!) { a: deleteRun(id: $id) { ...D } ${deletion("b", id("Run", 0))} } ${fragment}`,
    variables: {},
  });
  expect([status, json.data, refusal]).toEqual([400, undefined, { code: "INVALID_INPUT" }]);
  expect(await runs()).toBe(3);
});
