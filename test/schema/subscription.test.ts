import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type App, openApp } from "../../src/app.js";
import type { JobChanges } from "../../src/jobs/queue/changes.js";
import { executeInProcess, subscribeInProcess } from "../../src/server/inProcess.js";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeQueuedClustering,
  writeQueuedMap,
  writeRuns,
} from "../fixtures.js";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 1 });
  await writeQueuedClustering(fixture, 0);
});
afterEach(() => fixture.close());

const query = `subscription($id: ID!) {
  clusteringProgress(id: $id) { status progress embeddingModel { embeddingCount } }
}`;

function watch(given = id("ClusteringResult", 0), signal?: AbortSignal, app: App = fixture.app) {
  return subscribeInProcess(app, { query, variables: { id: given }, signal });
}

async function change(data: Parameters<Fixture["prisma"]["clusteringResult"]["update"]>[0]["data"]) {
  await fixture.prisma.clusteringResult.update({ where: { id: uuid("ClusteringResult", 0) }, data });
  fixture.app.changes.changed(uuid("ClusteringResult", 0));
}

const event = (status: string, progress: number, embeddingCount = 5) => ({
  value: { data: { clusteringProgress: { status, progress, embeddingModel: { embeddingCount } } } },
  done: false,
});
const end = { value: undefined, done: true };

describe("clusteringProgress", () => {
  test("delivers the current state at once, then each change, with fields loaded anew, until the final state", async () => {
    const events = watch();
    expect(await events.next()).toEqual(event("QUEUED", 0));
    await fixture.prisma.embeddingModel.updateMany({ data: { embeddingCount: 6 } });
    await change({ status: "RUNNING", progress: 0.25, attempt: 1 });
    expect(await events.next()).toEqual(event("RUNNING", 0.25, 6));
    await change({ progress: 0.5 });
    expect(await events.next()).toEqual(event("RUNNING", 0.5, 6));
    await change({ status: "FAILED", failureCode: "ATTEMPTS_SPENT", failureMessage: "lost" });
    expect(await events.next()).toEqual(event("FAILED", 0.5, 6));
    expect(await events.next()).toEqual(end);
  });

  test("accepts a bare UUID, and delivers only the final state of a finished clustering", async () => {
    await change({ status: "CANCELLED" });
    const events = watch(uuid("ClusteringResult", 0));
    expect(await events.next()).toEqual(event("CANCELLED", 0));
    expect(await events.next()).toEqual(end);
  });

  test("ends with CANCELLED when the result is deleted, even before the first event", async () => {
    const events = watch();
    expect(await events.next()).toEqual(event("QUEUED", 0));
    await change({ status: "RUNNING", stage: "NEIGHBOURS", progress: 0.25, attempt: 1 });
    expect(await events.next()).toEqual(event("RUNNING", 0.25));
    const { changes } = fixture.app;
    // Deleted once it was found, and before it is read for the first event.
    const app = {
      ...fixture.app,
      changes: {
        ...changes,
        async *watch(watchedId: string, signal?: AbortSignal) {
          await fixture.prisma.clusteringResult.delete({ where: { id: uuid("ClusteringResult", 0) } });
          changes.changed(uuid("ClusteringResult", 0));
          yield* changes.watch(watchedId, signal);
        },
      },
    };
    const later = watch(undefined, undefined, app);
    expect(await later.next()).toEqual(event("CANCELLED", 0.25));
    expect(await later.next()).toEqual(end);
    expect(await events.next()).toEqual(event("CANCELLED", 0.25));
    expect(await events.next()).toEqual(end);
  });

  test("is an error for an unknown id, and for one of another type", async () => {
    const unknown = await watch(id("ClusteringResult", 9)).next();
    expect(unknown.value).toMatchObject({
      data: null,
      errors: [{ extensions: { code: "NOT_FOUND", requestedId: id("ClusteringResult", 9) } }],
    });
    const other = await watch(id("Run", 0)).next();
    expect(other.value).toMatchObject({ errors: [{ extensions: { code: "INVALID_INPUT" } }] });
  });

  test("stops watching as soon as its client leaves, or the server stops", async () => {
    const signals: AbortSignal[] = [];
    const { changes } = fixture.app;
    const watched: JobChanges = {
      ...changes,
      watch(watchedId, signal) {
        signals.push(signal!);
        return changes.watch(watchedId, signal);
      },
    };
    const app = { ...fixture.app, changes: watched };

    const left = watch(undefined, undefined, app);
    await left.next();
    expect(signals[0].aborted).toBe(false);
    await left.return();
    expect(signals[0].aborted).toBe(true);

    const stopping = new AbortController();
    const stopped = watch(undefined, stopping.signal, app);
    await stopped.next();
    const next = stopped.next();
    stopping.abort();
    expect(await next).toEqual(end);
    expect(signals[1].aborted).toBe(true);
  });
});

describe.each([
  {
    kind: "clusteringProgress",
    mutations: ["cancelClustering", "deleteClusteringResult"],
    type: "ClusteringResult",
    fields: "status stage finishedAt",
    write: writeQueuedClustering,
  },
  {
    kind: "mapProgress",
    mutations: ["cancelMap", "deleteMap"],
    type: "EmbeddingMap",
    fields: "status finishedAt",
    write: writeQueuedMap,
  },
] as const)(
  "$kind, of what another server cancels and deletes",
  ({ kind, mutations, type, fields, write }) => {
    test("ends with CANCELLED, whether or not that state was ever read", async () => {
      const other = await openApp({ databaseUrl: fixture.url });
      try {
        for (let n = 1; n <= 5; n++) {
          await write(fixture, n);
          const variables = { id: id(type, n) };
          const query = `subscription($id: ID!) { state: ${kind}(id: $id) { id ${fields} } }`;
          const events = subscribeInProcess<{ state: object }>(fixture.app, { query, variables });
          const state = async () => (await events.next()).value;
          expect(await state()).toMatchObject({ data: { state: { status: "QUEUED", finishedAt: null } } });
          for (const mutation of mutations) {
            const document = `mutation($id: ID!) { done: ${mutation}(id: $id) { __typename } }`;
            const { data } = await executeInProcess(other, { query: document, variables });
            expect(data).not.toMatchObject({ done: { __typename: "NotFoundError" } });
          }
          const finishedAt = expect.stringMatching(/Z$/);
          expect(await state()).toMatchObject({
            data: { state: { ...variables, status: "CANCELLED", finishedAt } },
          });
          expect(await events.next()).toEqual(end);
          expect(await fixture.prisma.job.count({ where: { id: uuid(type, n) } })).toBe(0);
        }
      } finally {
        await other.close();
      }
    });
  },
);
