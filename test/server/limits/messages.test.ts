import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fixture, openFixture, writeRuns } from "../../fixtures.js";
import { type LimitedServer, serveLimited } from "./limitedServer.js";

let fixture: Fixture;
let server: LimitedServer;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 1 });
  server = await serveLimited(fixture, { limitBodyBytes: 200_000 });
});
afterAll(async () => {
  await server.stop(0);
  await fixture.close();
});

const long = "x".repeat(90_000);
const withInput =
  "mutation($input: ClusterEmbeddingsInput!) { clusterEmbeddings(input: $input) { __typename } }";

describe("a message is cut to 500 characters, whatever was sent", () => {
  test.each<[string, string, object?]>([
    ["digits", `{ runs(first: ${"9".repeat(90_000)}) { totalCount } }`],
    ["a field's name", `{ ${long} }`],
    ["a name that is not valid syntax", `{ runs } ${long}`],
    ["an enum's value", `{ latestClusteringResult { clusters(orderBy: ${long}) { totalCount } } }`],
    ["a string for a number", `{ runs(first: "${long}") { totalCount } }`],
    ["a variable", "query($n: Int) { runs(first: $n) { totalCount } }", { n: long }],
    ["a field of a variable", withInput, { input: { embeddingModel: "words", [long]: 1 } }],
    ["a variable's enum", withInput, { input: { embeddingModel: "words", algorithm: long } }],
    ["an operation's name", `query ${long}($n: Nothing) { __typename }`],
  ])("%s", async (_, query, variables) => {
    const { json } = await server.post({ query, variables });
    expect(json.errors.length).toBeGreaterThan(0);
    for (const { message, extensions } of json.errors) {
      expect(extensions.code).toBe("INVALID_INPUT");
      expect(message.length).toBeLessThanOrEqual(500);
    }
    expect(json.errors.some(({ message }: { message: string }) => message.endsWith("…"))).toBe(true);
    expect(fixture.internalErrors).toEqual([]);
  });

  test("but not within a surrogate pair", async () => {
    for (const before of ["", "x"]) {
      const variables = { n: before + "😀".repeat(1000) };
      const { json } = await server.post({
        query: "query($n: Int) { runs(first: $n) { totalCount } }",
        variables,
      });
      const [{ message }] = json.errors;
      expect(message).toMatch(/😀…$/u);
      expect(message.length).toBeGreaterThanOrEqual(499);
    }
  });

  test("and has no suggestion if it was cut within one", async () => {
    const responses = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        server.post({
          query: withInput,
          variables: { input: { embeddingModel: "x".repeat(250 + 5 * i), minClusterSiz: 1 } },
        }),
      ),
    );
    for (const { json } of responses)
      expect(json.errors[0].message).not.toMatch(/Did you mean|minClusterSize/);
  });

  test("also in the unions of the mutations", async () => {
    const record = /* GraphQL */ `
      mutation($input: RecordTrajectoriesInput!) {
        recordTrajectories(input: $input) { ... on InvalidInputError { message issues { message } } }
      }`;
    const runs = Array.from({ length: 100 }, (_, i) => ({
      id: `nonsense ${i}`,
      network: ["a"],
      initialPrompt: "",
      invocations: [],
    }));
    const recorded = await server.post({ query: record, variables: { input: { runs } } });
    const { message, issues } = recorded.json.data.recordTrajectories;
    expect(message).toMatch(/^input\.runs\.0\.id: .{470,}…$/);
    expect(message).toHaveLength(500);
    expect(issues.length).toBeGreaterThan(10);

    await fixture.prisma.embeddingModel.updateMany({ data: { name: "y".repeat(10_000) } });
    const start = withInput.replace("__typename", "... on InvalidInputError { message issues { message } }");
    const started = await server.post({ query: start, variables: { input: { embeddingModel: "words" } } });
    const wrong = started.json.data.clusterEmbeddings;
    expect(wrong.issues[0].message).toMatch(/^is unknown; the known models are "y+…$/);
    expect([wrong.message.length, wrong.issues[0].message.length]).toEqual([500, 500]);
  });
});
