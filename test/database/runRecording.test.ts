import { v7 as uuid } from "uuid";
import { expect, test } from "vitest";
import type { RecordingStore } from "../../src/database/recording/recordingStore.js";
import type { InvocationRecord } from "../../src/database/recording/runRecord.js";
import { startRecording } from "../../src/database/recording/runRecording.js";

/** A store that holds nothing, and the names of the methods that were called. */
function emptyStore(): { store: RecordingStore; calls: string[] } {
  const calls: string[] = [];
  const store = new Proxy({} as RecordingStore, {
    get: (_, name: keyof RecordingStore) => (argument: unknown) => {
      calls.push(name);
      return name === "insertModel" ? argument : name === "newestRun" ? null : [];
    },
  });
  return { store, calls };
}

test("new runs are compared with stored rows only by their ids, in one statement per table and batch", async () => {
  const { store, calls } = emptyStore();
  const runId = uuid();
  const invocation = (sequenceNumber: number): InvocationRecord => ({
    ...{
      id: uuid(),
      sequenceNumber,
      model: "Viewer",
      type: "TEXT",
      seed: null,
      inputInvocationId: undefined,
    },
    ...{
      outputText: "a text",
      outputImage: null,
      startedAt: null,
      completedAt: null,
      externalId: null,
      metadata: null,
    },
    embeddings: [{ id: uuid(), embeddingModel: "Model", vector: Float32Array.of(1, 2) }],
  });
  const recording = await startRecording(store, { importedFile: null });
  const run = {
    id: runId,
    network: ["Viewer"],
    initialPrompt: "a prompt",
    ...{ seed: null, maxLength: null, metadata: null },
  };
  await recording.recordRuns([{ path: ["0"], record: run }]);
  for (const numbers of [
    [0, 1],
    [2, 3],
  ]) {
    await recording.recordInvocations(
      numbers.map((n) => ({ path: ["0", "invocations", String(n)], runId, record: invocation(n) })),
    );
  }
  expect(await recording.finish()).toEqual({
    ...{ runCount: 1, invocationCount: 4, imageCount: 0, embeddingCount: 4 },
    embeddingCountByModel: new Map([["Model", 4]]),
    sharedRunCount: 0,
    embeddedBefore: null,
  });
  const first = ["invocations", "insertInvocations", "insertModel", "embeddings", "insertEmbeddings"];
  expect(calls).toEqual([
    ...["models", "runs", "newestRun", "insertRuns"],
    ...first,
    ...first.filter((name) => name !== "insertModel"),
    "addToModels",
  ]);
});
