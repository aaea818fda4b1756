import { expect, test } from "vitest";
import { openFixture, uuid, writeQueuedClustering, writeRuns } from "../fixtures.js";

const patience = { timeout: 60_000 };

test("a subscriber is notified of each change to a clustering that clients can see, and of no other", async () => {
  const fixture = await openFixture();
  try {
    await writeRuns(fixture, { runs: 1 });
    await writeQueuedClustering(fixture, 0);
    const id = uuid("ClusteringResult", 0);
    const { changes } = fixture.app;
    let notifications = 0;
    const stop = new AbortController();
    const watching = (async () => {
      for await (const _ of changes.watch(id, stop.signal)) notifications++;
    })();
    await expect.poll(() => notifications, patience).toBe(1);
    for (const data of [
      { status: "RUNNING" },
      { stage: "NEIGHBOURS" },
      { progress: 0.25 },
      { progress: 0.5 },
    ] as const) {
      const before = notifications;
      await fixture.prisma.clusteringResult.update({ where: { id }, data });
      changes.changed(id);
      await expect.poll(() => notifications, patience).toBe(before + 1);
    }
    changes.changed(id); // nothing has changed
    changes.changed(uuid("ClusteringResult", 1));
    await fixture.prisma.clusteringResult.update({ where: { id }, data: { stage: "LOADING" } });
    changes.changed(id);
    await expect.poll(() => notifications, patience).toBe(6);
    stop.abort();
    await watching;
    expect(notifications).toBe(6);
  } finally {
    await fixture.close();
  }
});
