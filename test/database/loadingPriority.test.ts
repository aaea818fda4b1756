import { afterEach, beforeEach, expect, test } from "vitest";
import { type Fixture, openFixture, uuid, writeClustering, writeRuns } from "../fixtures.js";
import { tellsOfThreads, yieldingThreads } from "../ownThreads.js";
import { testedKind } from "../testDatabase.js";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
  await writeRuns(fixture);
});
afterEach(() => fixture.close());

const yielding = () => yieldingThreads().length;

test.skipIf(!tellsOfThreads || testedKind !== "sqlite")(
  "threads that load leave the processors to requests; threads that write keep their priority, because they hold a lock",
  async () => {
    const before = yielding();
    await writeClustering(fixture, { embeddings: 15, assign: () => ({ label: 0 }) });
    expect(yielding()).toBe(before);
    const { count } = await fixture.app.database.bulk.loadEmbeddings({
      embeddingModelId: uuid("EmbeddingModel", 0),
      runIds: null,
      networks: null,
      initialPrompts: null,
      models: null,
      sequenceNumber: null,
      everyNth: null,
    });
    expect(count).toBe(15);
    expect(yielding()).toBe(before + 1); // it waits there for the next task
  },
);
