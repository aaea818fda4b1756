import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allEnded, checkEveryRow } from "./checkEveryRow.js";
import { ask, send, startClustering } from "./client.js";
import { randomOf, times } from "./faultRun.js";
import { type Installation, install } from "./installation.js";
import type { Server } from "./medoidProcess.js";
import { type RecordData, recordMutation, runInput } from "./runInputs.js";
import { openTestDatabase, type TestDatabase } from "./testDatabase.js";

const races = times(40, 1000);

let database: TestDatabase;
let medoid: Installation;
let servers: readonly Server[];
/**
 * Milliseconds that a clustering takes here, from the request to its end: the first moments of the races are chosen
 * within them.
 */
let clusteringTakes: number;
const started: string[] = [];

beforeAll(async () => {
  database = await openTestDatabase();
  medoid = await install(database, 2);
  // Each computes, or is reached through a server of its own.
  servers = [await medoid.compute(), await medoid.compute()];
  for (let i = 0; i < 5; i++) {
    const since = performance.now();
    started.push(await startClustering(servers[0].url));
    await allEnded(database);
    clusteringTakes = performance.now() - since;
  }
});
afterAll(async () => {
  await medoid.stop();
  await checkEveryRow(database, started);
  await database.close();
});

const cancelMutation = /* GraphQL */ `
  mutation ($id: ID!) { cancelClustering(id: $id) { __typename ... on ClusteringResult { status } } }
`;
const deleteMutation = /* GraphQL */ `
  mutation ($id: ID!) { deleteClusteringResult(id: $id) { __typename } }
`;
const deleteRunMutation = /* GraphQL */ `
  mutation ($id: ID!) { deleteRun(id: $id) { __typename } }
`;

async function statusOf(id: string): Promise<string | undefined> {
  const [row] = await database.query<{ status: string }>(
    `SELECT "status" FROM "ClusteringResult" WHERE "id" = ?`,
    id,
  );
  return row?.status;
}

/**
 * How often each outcome occurred. If one side always wins, it was not a race, so it continues until all outcomes have
 * occurred.
 */
function tally(...wanted: string[]) {
  const counts: Record<string, number> = {};
  return {
    counts,
    add(outcome: string) {
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    },
    goesOn: (round: number) => round < races || wanted.some((outcome) => counts[outcome] === undefined),
  };
}

/**
 * The milliseconds within which moments are chosen, adjusted so that either side wins about as often. The time that a
 * clustering takes is not constant: on a machine that gets busy, a time measured before would let one side win for
 * minutes.
 */
function openWindow() {
  let width = clusteringTakes;
  return {
    width: () => width,
    /** @param early whether the moment was before the event that it races with */
    adjust(early: boolean) {
      width = Math.max(narrowest, early ? width * widening : width / widening);
    },
  };
}
const narrowest = 5;
const widening = 1.1;

describe("races", () => {
  test("cancel against finish: CANCELLED with no rows, or SUCCEEDED, as the response says", async () => {
    const random = randomOf("cancel against finish");
    const outcomes = tally("CANCELLED", "SUCCEEDED");
    const window = openWindow();
    for (let i = 0; outcomes.goesOn(i); i++) {
      const id = await startClustering(random.pick(servers).url);
      started.push(id);
      await delay(random.next() * 1.2 * window.width());
      const { cancelClustering } = await ask<{ cancelClustering: { __typename: string; status: string } }>(
        random.pick(servers).url,
        cancelMutation,
        { id },
      );
      expect(cancelClustering.__typename).toBe("ClusteringResult");
      expect(["CANCELLED", "SUCCEEDED"]).toContain(cancelClustering.status);
      await delay(random.next() * window.width());
      expect(await statusOf(id)).toBe(cancelClustering.status);
      outcomes.add(cancelClustering.status);
      window.adjust(cancelClustering.status === "CANCELLED");
    }
    expect(Object.keys(outcomes.counts).sort()).toEqual(["CANCELLED", "SUCCEEDED"]);
  });

  test("delete against cluster: refused while it runs, or deleted with every row", async () => {
    const random = randomOf("delete against cluster");
    const outcomes = tally("ClusteringInProgressError", "DeletedClusteringResult");
    const window = openWindow();
    for (let i = 0; outcomes.goesOn(i); i++) {
      const id = await startClustering(random.pick(servers).url);
      await delay(random.next() * 1.2 * window.width());
      const { deleteClusteringResult } = await ask<{ deleteClusteringResult: { __typename: string } }>(
        random.pick(servers).url,
        deleteMutation,
        { id },
      );
      outcomes.add(deleteClusteringResult.__typename);
      window.adjust(deleteClusteringResult.__typename === "ClusteringInProgressError");
      if (deleteClusteringResult.__typename === "DeletedClusteringResult") {
        expect(await statusOf(id)).toBeUndefined();
      } else {
        expect(deleteClusteringResult.__typename).toBe("ClusteringInProgressError");
        started.push(id);
      }
    }
    await allEnded(database);
    expect(Object.keys(outcomes.counts).sort()).toEqual([
      "ClusteringInProgressError",
      "DeletedClusteringResult",
    ]);
  });

  test("delete against read: a complete result, or none, or one whose last lists are empty; afterwards none", async () => {
    const random = randomOf("delete against read");
    const outcomes = tally("none", "whole");
    for (let i = 0; outcomes.goesOn(i); i++) {
      const id = await startClustering(servers[0].url);
      await allEnded(database);
      const wait = random.next() * 8;
      const reading = Promise.all(
        Array.from({ length: 4 }, () => send<ReadData>(random.pick(servers).url, readQuery, { id })),
      );
      await delay(wait);
      const { deleteClusteringResult } = await ask<{ deleteClusteringResult: { __typename: string } }>(
        random.pick(servers).url,
        deleteMutation,
        { id },
      );
      expect(deleteClusteringResult.__typename).toBe("DeletedClusteringResult");
      for (const { data, errors } of await reading) {
        expect(errors).toBeUndefined();
        const read = data!.clusteringResult;
        outcomes.add(read === null ? "none" : shapeOf(read));
      }
      for (const server of servers) {
        expect(await ask(server.url, readQuery, { id })).toEqual({ clusteringResult: null });
      }
    }
    // A response takes several statements, and each sees the complete result or nothing of it.
    const { none: _, whole: __, "cut short": ___, ...others } = outcomes.counts;
    expect(others).toEqual({});
  });

  test("delete of a run against read: a complete run, or none, or an error that reports it; afterwards none", async () => {
    const random = randomOf("delete of a run against read");
    const outcomes = tally("none", "whole");
    for (let i = 0; outcomes.goesOn(i); i++) {
      const id = await recordRun(random.pick(servers).url, `read ${i}`);
      const wait = random.next() * 8;
      const reading = Promise.all(
        Array.from({ length: 4 }, () => send<RunData>(random.pick(servers).url, runQuery, { id })),
      );
      await delay(wait);
      const { deleteRun } = await ask<{ deleteRun: { __typename: string } }>(
        random.pick(servers).url,
        deleteRunMutation,
        { id },
      );
      expect(deleteRun.__typename).toBe("DeletedRun");
      for (const { data, errors = [] } of await reading) {
        for (const { extensions } of errors) expect(extensions.code).toBe("NOT_FOUND");
        const edges = data?.run?.invocations.edges;
        if (errors.length > 0) outcomes.add("error");
        else if (edges === undefined) outcomes.add("none");
        else if (edges.length === 0) outcomes.add("cut short");
        else {
          expect(edges).toHaveLength(invocationsPerRun);
          const isWhole = edges.every(({ node }) => node.embeddings.length === 1);
          outcomes.add(isWhole ? "whole" : "cut short");
        }
      }
      for (const server of servers) expect(await ask(server.url, runQuery, { id })).toEqual({ run: null });
    }
  });

  test("delete of a run against cluster: the complete run is in the result and stays, or all of it is deleted", async () => {
    const random = randomOf("delete of a run against cluster");
    const outcomes = tally("DeletedRun", "RunInUseError");
    const window = openWindow();
    for (let i = 0; outcomes.goesOn(i); i++) {
      const runId = await recordRun(random.pick(servers).url, `deleted ${i}`);
      const id = await startClustering(random.pick(servers).url, { minClusterSize: 5 });
      started.push(id);
      await delay(random.next() * 1.2 * window.width());
      const { deleteRun } = await ask<{ deleteRun: { __typename: string } }>(
        random.pick(servers).url,
        deleteRunMutation,
        { id: runId },
      );
      outcomes.add(deleteRun.__typename);
      window.adjust(deleteRun.__typename === "DeletedRun");
      await allEnded(database);
      expect(await statusOf(id)).toBe("SUCCEEDED");
      const ofRun = await assignedOfRun(id, runId);
      expect(ofRun).toBe(deleteRun.__typename === "RunInUseError" ? invocationsPerRun : 0);
      expect(["RunInUseError", "DeletedRun"]).toContain(deleteRun.__typename);
    }
    expect(Object.keys(outcomes.counts).sort()).toEqual(["DeletedRun", "RunInUseError"]);
  });

  test("import against cluster: whole runs take part, the runs that the digest covers", async () => {
    const random = randomOf("import against cluster");
    const outcomes = tally("after", "before");
    const window = openWindow();
    for (let i = 0; outcomes.goesOn(i); i++) {
      // Either may come first: a clustering that was started first may read only after the run is there.
      const lead = (0.5 - 1.5 * random.next()) * window.width();
      const recording = (async () => {
        await delay(Math.max(0, -lead));
        return recordRun(random.pick(servers).url, `imported ${i}`);
      })();
      await delay(Math.max(0, lead));
      const id = await startClustering(random.pick(servers).url, { minClusterSize: 5 });
      started.push(id);
      const runId = await recording;
      await allEnded(database);
      expect(await statusOf(id)).toBe("SUCCEEDED");
      const ofRun = await assignedOfRun(id, runId);
      expect([0, invocationsPerRun]).toContain(ofRun);
      outcomes.add(ofRun === 0 ? "before" : "after");
      window.adjust(ofRun > 0);
    }
    expect(Object.keys(outcomes.counts).sort()).toEqual(["after", "before"]);
  });
});

const readQuery = /* GraphQL */ `
  query ($id: ID!) {
    clusteringResult(id: $id) {
      status
      embeddingCount
      clusterCount
      outlierCount
      clusters(first: 10) {
        totalCount
        edges {
          node {
            size
            medoidInvocation { id run { initialPrompt } }
            members(first: 100) { totalCount edges { probability } }
          }
        }
      }
      outliers(first: 100) { totalCount edges { outlierScore } }
    }
  }
`;

const runQuery = /* GraphQL */ `
  query ($id: ID!) {
    run(id: $id) {
      invocations { edges { node { outputText run { initialPrompt } embeddings { invocation { id } } } } }
    }
  }
`;

interface RunData {
  run: { invocations: { edges: { node: { embeddings: unknown[] } }[] } } | null;
}

interface Connection<Node> {
  totalCount: number;
  edges: { node: Node }[];
}
interface ReadData {
  clusteringResult: {
    status: string;
    embeddingCount: number;
    clusterCount: number;
    outlierCount: number;
    clusters: Connection<{ size: number; members: Connection<unknown> }>;
    outliers: Connection<unknown>;
  } | null;
}

function shapeOf(read: NonNullable<ReadData["clusteringResult"]>): string {
  const { clusters, outliers } = read;
  const lists: [connection: Connection<unknown>, count: number][] = [
    [clusters, read.clusterCount],
    [outliers, read.outlierCount],
    ...clusters.edges.map(({ node }): [Connection<unknown>, number] => [node.members, node.size]),
  ];
  const isRight = lists.every(
    ([{ totalCount, edges }, count]) =>
      (totalCount === count || totalCount === 0) && (edges.length === count || edges.length === 0),
  );
  if (!isRight || read.status !== "SUCCEEDED") return JSON.stringify(read);
  return lists.every(([{ edges }, count]) => edges.length === count) ? "whole" : "cut short";
}

const invocationsPerRun = 4;

/** Records a run. @returns its bare UUID */
async function recordRun(url: string, prompt: string): Promise<string> {
  const run = runInput(prompt, invocationsPerRun);
  const { recordTrajectories } = await ask<RecordData>(url, recordMutation, { input: { runs: [run] } });
  expect(recordTrajectories).toMatchObject({ __typename: "RecordedTrajectories", runCount: 1 });
  return run.id;
}

async function assignedOfRun(clusteringResultId: string, runId: string): Promise<number> {
  const [{ count }] = await database.query<{ count: number }>(
    `
    SELECT count(*) AS "count" FROM "ClusterAssignment" a
    JOIN "Embedding" e ON e."id" = a."embeddingId" JOIN "Invocation" i ON i."id" = e."invocationId"
    WHERE a."clusteringResultId" = ? AND i."runId" = ?`,
    clusteringResultId,
    runId,
  );
  return Number(count);
}
