import { afterEach, beforeEach, expect, test } from "vitest";
import { type Fixture, id, openFixture, writeRuns } from "./fixtures.js";
import { type LimitedServer, serveLimited } from "./limits/limitedServer.js";

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
const fragment = "fragment D on DeletedRun { id }";

test("several mutations are carried out in their order, and answered together", async () => {
  const { status, json } = await server.post({
    query: `mutation($no: Boolean!) { __typename ...M ${deletion("b", id("Run", 1))} ${deletion("c", id("Run", 2), "@skip(if: $no)")} }
      fragment M on Mutation { ${deletion("a", id("Run", 0))} } ${fragment}`,
    variables: { no: true },
  });
  expect([status, json.errors]).toEqual([200, undefined]);
  expect(Object.entries(json.data)).toEqual([
    ["__typename", "Mutation"],
    ["a", { id: id("Run", 0) }],
    ["b", { id: id("Run", 1) }],
  ]);
  expect(json.extensions).toEqual({ cost: expect.anything() });
  expect(await runs()).toBe(1);
});

test("where one has an error, those before it are told with their answers, and those after it are not begun", async () => {
  const { status, json } = await server.post({
    query: `mutation { ${deletion("a", id("Run", 0))} ${deletion("b", "nonsense")} ${deletion("c", id("Run", 2))} } ${fragment}`,
  });
  expect([status, json.data]).toEqual([200, null]);
  expect(json.errors).toMatchObject([{ path: ["b"], extensions: { code: "INVALID_INPUT" } }]);
  expect(json.extensions).toEqual({ cost: expect.anything(), completed: { a: { id: id("Run", 0) } } });
  expect(await runs()).toBe(2);
});

test("where the first has an error, or a variable is not valid, nothing was done, and nothing is told of", async () => {
  const { json } = await server.post({
    query: `mutation { ${deletion("a", "nonsense")} ${deletion("b", id("Run", 0))} } ${fragment}`,
  });
  expect([json.data, json.errors.length, json.extensions.completed]).toEqual([null, 1, undefined]);
  const { refusal } = await server.post({
    query: `mutation($id: ID!) { a: deleteRun(id: $id) { ...D } ${deletion("b", id("Run", 0))} } ${fragment}`,
    variables: {},
  });
  expect(refusal).toEqual({ code: "INVALID_INPUT" });
  expect(await runs()).toBe(3);
});
