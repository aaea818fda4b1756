import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { App } from "../../src/app.js";
import type { JobChanges } from "../../src/jobs/queue/changes.js";
import { subscribeInProcess } from "../../src/server/inProcess.js";
import { type Fixture, id, openFixture, uuid, writeQueuedClustering, writeRuns } from "../fixtures.js";

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

  test("ends when the result is deleted", async () => {
    const events = watch();
    expect(await events.next()).toEqual(event("QUEUED", 0));
    await fixture.prisma.clusteringResult.delete({ where: { id: uuid("ClusteringResult", 0) } });
    fixture.app.changes.changed(uuid("ClusteringResult", 0));
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
