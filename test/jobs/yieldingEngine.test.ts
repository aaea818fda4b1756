import { expect, test } from "vitest";
import { hdbscanEngine } from "../../src/jobs/computing/engine.js";
import { createServer } from "../../src/server/server.js";
import { groupedRows, openTemporaryApp, writeRun } from "../temporaryApp.js";

test("a clustering is notified of each request that arrives while it runs", async () => {
  let begin: (cell: Int32Array | undefined) => void = () => {};
  let goOn: () => void = () => {};
  const running = new Promise<Int32Array | undefined>((resolve) => {
    begin = resolve;
  });
  const resumed = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const temporary = await openTemporaryApp({
    engine: {
      ...hdbscanEngine,
      async cluster(points, options) {
        begin(options.standAside);
        await resumed;
        return hdbscanEngine.cluster(points, options);
      },
    },
  });
  const server = createServer(temporary.app);
  try {
    const address = await server.listen(0, "127.0.0.1");
    await writeRun(temporary.app, groupedRows(3, 20));
    await temporary.app.queue.start();
    const ask = async (query: string) => {
      const response = await fetch(`${address}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query }),
      });
      return (await response.json()).data;
    };
    await ask(
      `mutation { clusterEmbeddings(input: { embeddingModel: "Model" }) { ... on ClusteringResult { id } } }`,
    );
    const cell = (await running) as Int32Array;
    expect(cell.buffer).toBeInstanceOf(SharedArrayBuffer);
    for (const query of ["{ embeddingModels { name } }", "{ embeddingModels { name } }", "{ nonsense }"]) {
      const before = Atomics.load(cell, 0);
      await ask(query);
      expect(Atomics.load(cell, 0)).toBeGreaterThan(before);
    }
    goOn();
  } finally {
    await server.stop(0);
    await temporary.close();
  }
});
