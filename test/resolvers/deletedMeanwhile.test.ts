import { afterEach, beforeEach, expect, test } from "vitest";
import { deleteClusteringResult } from "../../src/resolvers/clusterings/deleteClusteringResult.js";
import { deleteRun } from "../../src/resolvers/recording/deleteRun.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { type Fixture, id, openFixture, uuid, writeClustering, writeRuns } from "../fixtures.js";

// A query takes several statements, and each sees the database at its own time: what a client receives if rows are
// deleted between two statements.

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

/** The response if the action is done before the first statement that reads the table as rows of objects. */
const responseWhen = (table: string, act: () => Promise<unknown>, query: string) =>
  responseBefore(`"${table}" AS "row"`, act, query);

/** The response if the action is done before the first statement that contains the text. */
async function responseBefore(text: string, act: () => Promise<unknown>, query: string) {
  const { database } = fixture.app;
  let done = false;
  const actBefore = async (sql: string) => {
    if (done || !sql.includes(text)) return;
    done = true;
    await act();
  };
  const app: Fixture["app"] = {
    ...fixture.app,
    database: {
      ...database,
      async read(sql, values) {
        await actBefore(sql);
        return database.read(sql, values);
      },
      longReads: {
        ...database.longReads,
        async query(sql, ...rest) {
          await actBefore(sql);
          return database.longReads.query(sql, ...rest);
        },
      },
    },
  };
  const response = await executeInProcess(app, {
    query,
    log: (error) => fixture.internalErrors.push(error),
  });
  expect(done).toBe(true);
  return response;
}

test("if a row that another refers to was deleted, the error says so, and it is not an internal error", async () => {
  await writeRuns(fixture, { runs: 1 });
  const query = `{ invocation(id: "${id("Invocation", 0)}") { sequenceNumber run { initialPrompt } } }`;

  const response = await responseWhen("Run", () => deleteRun(fixture.app, uuid("Run", 0)), query);

  expect(response).toEqual({
    data: { invocation: null },
    errors: [
      {
        message: "An object was deleted while it was read. Send the request again.",
        path: ["invocation", "run"],
        extensions: { code: "NOT_FOUND" },
      },
    ],
  });
  expect(await fixture.data(query)).toEqual({ invocation: null });
});

test("if a result is deleted after its row was read, its lists are empty, and its counts are those of the row", async () => {
  await writeRuns(fixture, { runs: 1 });
  await writeClustering(fixture, { embeddings: 3, assign: (n) => ({ label: n < 2 ? 0 : -1 }) });
  const query = `{
    clusteringResult(id: "${id("ClusteringResult", 0)}") {
      clusterCount outlierCount
      clusters { totalCount edges { node { size } } }
      outliers { totalCount edges { outlierScore } }
    }
  }`;
  const remove = () => deleteClusteringResult(fixture.app, uuid("ClusteringResult", 0));

  const response = await responseWhen("Cluster", remove, query);

  const cutShort = { totalCount: 1, edges: [] };
  expect(response.errors).toBeUndefined();
  expect(response.data).toMatchObject({
    clusteringResult: { clusterCount: 1, outlierCount: 1, clusters: cutShort },
  });
  expect(await fixture.data(query)).toEqual({ clusteringResult: null });
});

test("if a cluster is deleted after its row was read, the number of its texts is an error, and not 0", async () => {
  await writeRuns(fixture, { runs: 1 });
  await writeClustering(fixture, { embeddings: 3, assign: () => ({ label: 0 }) });
  const query = `{ cluster(id: "${id("Cluster", 0)}") { size distinctTextCount } }`;
  const remove = () => deleteClusteringResult(fixture.app, uuid("ClusteringResult", 0));

  const response = await responseBefore('count("text")', remove, query);

  expect(response).toMatchObject({
    data: { cluster: null },
    errors: [{ path: ["cluster", "distinctTextCount"], extensions: { code: "NOT_FOUND" } }],
  });
});
