import { once } from "node:events";
import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { serve } from "../../../src/cli/commands/serve.js";
import { type Engine, hdbscanEngine } from "../../../src/jobs/computing/engine.js";
import { version } from "../../../src/runtime/version.js";
import { readSettings } from "../../../src/settings.js";
import { capturedCli } from "../../cli/capturedCli.js";
import { id, writeQueuedClustering, writeRuns } from "../../fixtures.js";
import { groupedRows, openTemporaryApp, writeRun } from "../../temporaryApp.js";
import { serveFixture } from "../servedFixture.js";

/** A timeout for events that occur as soon as the machine can handle them. */
const patience = { timeout: 60_000 };

/** What a stream delivers, and the error that cut it off. */
async function readToItsEnd(response: Response): Promise<{ events: string; error?: unknown }> {
  let events = "";
  try {
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
      events += Buffer.from(bytes).toString();
    }
    return { events };
  } catch (error) {
    return { events, error };
  }
}

/** A wait of 1,000 s, which the test can end. */
const long = vi.hoisted(() => ({ end: () => {} }));
vi.mock("node:timers/promises", async (original) => {
  const timers = await original<typeof import("node:timers/promises")>();
  const setTimeout = (milliseconds: number, ...others: []) => {
    if (milliseconds !== 1_000_000) return timers.setTimeout(milliseconds, ...others);
    return new Promise<void>((resolve) => {
      long.end = resolve;
    });
  };
  return { ...timers, setTimeout };
});

describe("a server that is stopped", () => {
  test("is unready first, and responds until it closes", async () => {
    const served = await serveFixture({ MEDOID_UNREADY_SECONDS: "1000" });
    expect((await served.get("/health/ready")).status).toBe(200);

    const stopped = served.server.stop();

    const ready = await served.get("/health/ready");
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { ready: false, database: "answers", queue: "runs", stopping: true, version },
    ]);
    const response = await served.post({ query: "{ __typename }" });
    expect(await response.json()).toMatchObject({ data: { __typename: "Query" } });
    expect(response.headers.get("connection")).toBe("close");
    long.end();
    await stopped;
    await expect(served.get("/health/live")).rejects.toThrow();
    await served.fixture.close();
  });

  test("finishes the running request, and cuts off the streams", async () => {
    const served = await serveFixture();
    await writeRuns(served.fixture, { runs: 1 });
    await writeQueuedClustering(served.fixture, 0);
    const stream = await served.post(
      { query: `subscription { clusteringProgress(id: "${id("ClusteringResult", 0)}") { status } }` },
      { accept: "text/event-stream" },
    );
    const watched = readToItsEnd(stream);
    const { prisma } = served.fixture.app.database;
    const findMany = prisma.embeddingModel.findMany.bind(prisma.embeddingModel);
    let signalStarted = () => {};
    const started = new Promise<void>((resolve) => {
      signalStarted = resolve;
    });
    prisma.embeddingModel.findMany = (async (args: never) => {
      signalStarted();
      await delay(300);
      return findMany(args);
    }) as never;
    const running = served.post({ query: "{ embeddingModels { name } }" });
    await started;

    await served.server.stop(3_600_000); // longer than a test may take

    expect(await (await running).json()).toMatchObject({ data: { embeddingModels: [{ name: "words" }] } });
    const { events, error } = await watched;
    expect(events).toContain('"status":"QUEUED"');
    expect(events).not.toContain("event: complete"); // otherwise its client would think that the clustering has ended
    expect(error).toBeInstanceOf(Error);
    await served.fixture.close();
  });

  test("leaves queued clusterings queued, and hands back running ones", async () => {
    const endless: Engine = {
      ...hdbscanEngine,
      version: "test-1",
      cluster: (_, { signal }) =>
        new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason))),
    };
    const temporary = await openTemporaryApp({
      engine: endless,
      settings: readSettings({ MEDOID_LOG_LEVEL: "silent" }),
    });
    const { prisma } = temporary.app.database;
    await writeRun(temporary.app, groupedRows(2, 10));
    const stop = new AbortController();
    const { cli } = capturedCli(temporary, { signal: stop.signal });
    const stdout = new PassThrough().setEncoding("utf8");
    const serving = serve(temporary.app, { port: 0, host: "127.0.0.1" }, { ...cli, stdout });
    const [said] = await once(stdout, "data");
    for (const _ of [1, 2]) {
      await fetch(/http:\S+graphql/.exec(said)![0], {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          query: `mutation { clusterEmbeddings(input: { embeddingModel: "Model" }) { __typename } }`,
        }),
      });
    }
    const state = () =>
      prisma.job.findMany({
        orderBy: { id: "asc" },
        select: { status: true, attempt: true, handedBack: true, leaseOwner: true },
      });
    await vi.waitFor(async () => expect((await state())[0].status).toBe("RUNNING"), patience);

    stop.abort();
    await serving;

    expect(await state()).toEqual([
      { status: "QUEUED", attempt: 1, handedBack: 1, leaseOwner: null },
      { status: "QUEUED", attempt: 0, handedBack: 0, leaseOwner: null },
    ]);
    await temporary.close();
  });
});
