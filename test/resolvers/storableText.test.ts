import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fixture, openFixture, writeRuns } from "../fixtures.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 1 });
});
afterAll(() => fixture.close());

const nul = "a\\u0000b";
const problem = "must not hold U+0000.";

test.each([
  [`runs(filter: { initialPrompts: ["x", "${nul}"] }) { totalCount }`, "filter.initialPrompts.1"],
  [`runs(filter: { networks: [["${nul}"]] }) { totalCount }`, "filter.networks.0.0"],
  [`runs(filter: { embeddingModel: "${nul}" }) { totalCount }`, "filter.embeddingModel"],
  [`clusteringResults(filter: { embeddingModel: "${nul}" }) { totalCount }`, "filter.embeddingModel"],
  [`latestClusteringResult(embeddingModel: "${nul}") { id }`, "embeddingModel"],
])("%s is refused, with the character that no database can store", async (field, path) => {
  const { errors } = await fixture.execute(`{ ${field} }`);
  expect(errors).toMatchObject([{ message: `${path}: ${problem}`, extensions: { code: "INVALID_INPUT" } }]);
  expect(fixture.internalErrors).toEqual([]);
});

test("clusterEmbeddings refuses each such text at once, and writes nothing", async () => {
  const { clusterEmbeddings } = await fixture.data(`mutation {
    clusterEmbeddings(input: {
      embeddingModel: "${nul}", idempotencyKey: "${nul}", filter: { models: ["${nul}"], networks: [["x"], ["${nul}"]] }
    }) { ... on InvalidInputError { issues { path message } } }
  }`);
  expect(clusterEmbeddings.issues).toMatchObject([
    { path: ["input", "filter", "networks", "1", "0"], message: problem },
    { path: ["input", "filter", "models", "0"], message: problem },
    { path: ["input", "embeddingModel"] },
    { path: ["input", "idempotencyKey"], message: problem },
  ]);
  expect(await fixture.prisma.clusteringResult.count()).toBe(0);
});

test.each([
  ["runs", ["runs", 1e18, "0198c1b2-0000-7000-8001-000000000000"]],
  ["runs", ["runs", 0, "nobody"]],
  ["clusteringResults", ["clusteringResults", 0, "0198C1B2-0000-7000-8001-000000000000"]],
])("a forged cursor of %s is not valid: %j", async (field, position) => {
  const after = Buffer.from(JSON.stringify(position)).toString("base64url");
  const { errors } = await fixture.execute(`{ ${field}(after: "${after}") { edges { cursor } } }`);
  expect(errors).toMatchObject([
    {
      message: `after: is not a cursor of this connection in this order; it was "${after}".`,
      extensions: { code: "INVALID_INPUT" },
    },
  ]);
});
