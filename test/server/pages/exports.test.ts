import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Exporter } from "../../../src/export/exporter.js";
import { RequestError } from "../../../src/resolvers/requestError.js";
import type { Scope } from "../../../src/server/access/apiKey.js";
import { createApiKey } from "../../../src/server/access/apiKeys.js";
import { exported, writeExported } from "../../export/exportedFixture.js";
import { id, uuid } from "../../fixtures.js";
import { type ServedFixture, serveFixture } from "../servedFixture.js";

let served: ServedFixture;
beforeEach(async () => {
  served = await serveFixture();
  await writeExported(served.fixture);
});
afterEach(() => served.close());

const result = uuid("ClusteringResult", 0);
const patience = { timeout: 60_000 };

async function exportUrl(args: string, headers?: Record<string, string>, n = 0): Promise<string | null> {
  const query = `{ clusteringResult(id: "${id("ClusteringResult", n)}") { exportUrl(${args}) } }`;
  const { data } = (await (await served.post({ query }, headers)).json()) as {
    data: { clusteringResult: { exportUrl: string | null } };
  };
  return data.clusteringResult.exportUrl;
}

/** Replaces the files by pieces that the test makes; the signal is that of the request. */
function exportPieces(pieces: (signal: AbortSignal) => AsyncGenerator<Uint8Array, void, void>): void {
  const exporter: Partial<Exporter> = { export: (_result, _file, options) => pieces(options!.signal!) };
  Object.assign(served.fixture.app, { exporter: { ...served.fixture.app.exporter, ...exporter } });
}

const refused = async (response: Response) => {
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  return [response.status, errors[0].extensions.code];
};
const refusedAt = async (path: string, headers?: Record<string, string>) =>
  refused(await served.get(path, headers));

describe("an exported file", () => {
  test.each([
    ["table: ASSIGNMENTS", "assignments.parquet", "application/vnd.apache.parquet", { format: "PARQUET" }],
    [
      "table: ASSIGNMENTS, format: CSV, vectors: true",
      "assignments.csv?vectors=true",
      "text/csv; charset=utf-8; header=present",
      { format: "CSV", vectors: true },
    ],
    [
      "table: CLUSTERS, format: JSONL, vectors: null",
      "clusters.jsonl",
      "application/x-ndjson",
      { format: "JSONL", table: "CLUSTERS" },
    ],
  ] as const)("is what medoid export writes, at the URL of the API: %s", async (args, name, type, file) => {
    const url = await exportUrl(args);
    expect(url).toBe(`${served.address}/exports/${result}/${name}`);
    const response = await fetch(url!);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": type,
      "content-disposition": `attachment; filename="medoid-${result}-${name.split("?")[0]}"`,
      "cache-control": "no-store",
      "transfer-encoding": "chunked",
      link: '<metadata.json>; rel="describedby"; type="application/json"',
    });
    expect(response.headers.has("content-encoding")).toBe(false);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(await exported(served.fixture, file));
  });

  test("has a description beside it, of which the header Link says where it is", async () => {
    const { url, headers } = await served.get(`/exports/${result}/clusters.csv`);
    const [, link] = /^<(.*?)>/.exec(headers.get("link")!)!;
    const description = await fetch(new URL(link, url));
    expect(description.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await description.json()).toMatchObject({
      clusteringResultId: result,
      parameters: { minClusterSize: 5 },
      inputDigest: "d".repeat(64),
      embeddingCount: 15,
    });
  });

  test("has no URL until the clustering has succeeded", async () => {
    expect(await exportUrl("table: ASSIGNMENTS", {}, 2)).toBeNull();
    expect(await refusedAt(`/exports/${uuid("ClusteringResult", 2)}/clusters.csv`)).toEqual([
      409,
      "CLUSTERING_IN_PROGRESS",
    ]);
  });

  test("is not read for a HEAD request", async () => {
    const read = vi.fn();
    exportPieces(async function* () {
      read();
      yield Buffer.from("rows");
    });
    const response = await fetch(`${served.address}/exports/${result}/clusters.csv`, { method: "HEAD" });
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/csv; charset=utf-8; header=present",
    ]);
    expect(read).not.toHaveBeenCalled();
  });

  test("is refused if it does not exist, by another method, and with an unknown value", async () => {
    for (const path of [
      `/exports/${uuid("ClusteringResult", 9)}/clusters.csv`,
      `/exports/${result}/members.csv`,
      `/exports/${result}/clusters.xlsx`,
      `/exports/${result}/clusters.csv/more`,
      `/exports/${result}`,
      "/exports/x/clusters.csv",
    ]) {
      expect(await refusedAt(path)).toEqual([404, "NOT_FOUND"]);
    }
    const path = `/exports/${result}/clusters.csv`;
    expect(await refusedAt(`${path}?vectors=maybe`)).toEqual([400, "INVALID_INPUT"]);
    const long = await served.get(`${path}?vectors=x${"🐈".repeat(99)}`);
    const { errors } = (await long.json()) as {
      errors: { message: string; extensions: { issues: object[] } }[];
    };
    // Cut between two characters, not within one.
    const value = `"x${"🐈".repeat(48)}…`;
    expect(errors[0].message).toBe(`vectors must be true or false; it was ${value}.`);
    expect(errors[0].extensions.issues).toEqual([
      { path: ["vectors"], message: "must be true or false.", value },
    ]);
    const unknown = await served.get(`${path}?vectors=true&vector=1`);
    expect(unknown.status).toBe(400);
    expect(await unknown.json()).toMatchObject({
      errors: [
        {
          message: 'vector: is no parameter of this address, which takes vectors; it was "1".',
          extensions: { code: "INVALID_INPUT", issues: [{ path: ["vector"], value: '"1"' }] },
        },
      ],
    });
    expect(await refusedAt(`/exports/${result}/metadata.json?vectors=true`)).toEqual([400, "INVALID_INPUT"]);
    expect(await refused(await fetch(served.address + path, { method: "POST" }))).toEqual([
      405,
      "INVALID_INPUT",
    ]);
    expect(served.log.filter(({ level }) => level >= 50)).toEqual([]);
  });
});

describe("an exported file, if keys are required,", () => {
  const create = async (scope: Scope) => {
    const { key } = await createApiKey(served.fixture.prisma, { name: scope, scopes: [scope] });
    return { authorization: `Bearer ${key}` };
  };

  test("has a signed URL, which is valid for this file alone; its description has one, too", async () => {
    const reader = await create("read");
    const url = new URL((await exportUrl("table: CLUSTERS, format: CSV", reader))!);
    expect(url.search).toMatch(/^\?expires=\d+&signature=[\w-]{43}$/);
    const response = await fetch(url);
    expect(await response.text()).toBe(
      String(await exported(served.fixture, { table: "CLUSTERS", format: "CSV" })),
    );
    const [, link] = /^<(.*?)>/.exec(response.headers.get("link")!)!;
    expect((await fetch(new URL(link, url))).status).toBe(200);
    const vectors = new URL((await exportUrl("table: CLUSTERS, format: CSV, vectors: true", reader))!);
    expect((await fetch(vectors)).status).toBe(200);

    for (const other of [
      url.origin + url.pathname,
      `${url.href}&vectors=true`,
      vectors.href.replace("vectors=true&", ""),
      url.href.replace("clusters", "assignments"),
      url.href.replace(".csv", ".jsonl"),
      url.href.replace("clusters.csv", "metadata.json"),
      url.href.replace(/expires=\d+/, "expires=9999999999"),
    ]) {
      expect(await refused(await fetch(other)), other).toEqual([401, "UNAUTHENTICATED"]);
    }
  });

  test("needs a key with the scope read otherwise", async () => {
    const [reader, writer] = [await create("read"), await create("write")];
    const path = `/exports/${result}/clusters.csv`;
    expect(await refusedAt(path)).toEqual([401, "UNAUTHENTICATED"]);
    expect(await refusedAt(path, writer)).toEqual([403, "FORBIDDEN"]);
    expect((await served.get(path, reader)).status).toBe(200);
    // Who may not read learns nothing about what exists.
    expect(await refusedAt("/exports/x/clusters.csv")).toEqual([401, "UNAUTHENTICATED"]);
  });
});

describe("a file that is being sent", () => {
  const path = `/exports/${result}/assignments.csv`;
  const megabyte = Buffer.alloc(1_000_000, "x");

  test("is read only as fast as the client takes it, and no longer once the client is gone", async () => {
    let [produced, ended] = [0, false];
    let aborted: AbortSignal | undefined;
    exportPieces(async function* (signal) {
      aborted = signal;
      try {
        for (; produced < 10_000; produced++) yield megabyte;
      } finally {
        ended = true;
      }
    });
    const socket = connect(Number(new URL(served.address).port), "127.0.0.1");
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${new URL(served.address).host}\r\n\r\n`);
    await vi.waitFor(() => expect(produced).toBeGreaterThan(0), patience);
    await delay(300);
    expect(produced).toBeLessThan(100); // what the system's buffers hold
    expect(ended).toBe(false);
    socket.destroy();
    await vi.waitFor(() => expect([ended, aborted?.aborted]).toEqual([true, true]), patience);
    expect(produced).toBeLessThan(100);
    expect(served.log.filter(({ level }) => level >= 50)).toEqual([]);
  });

  test.each(["1.1", "1.0"])("is cut off if its result is deleted meanwhile: HTTP/%s", async (version) => {
    exportPieces(async function* () {
      yield Buffer.from("first,piece\n");
      await delay(50);
      throw new RequestError({ code: "NOT_FOUND", message: "deleted" });
    });
    const socket = connect(Number(new URL(served.address).port), "127.0.0.1");
    let received = "";
    socket.on("data", (bytes) => {
      received += bytes;
    });
    socket.write(`GET ${path} HTTP/${version}\r\nHost: ${new URL(served.address).host}\r\n\r\n`);
    const [error] = await once(socket, "error");
    expect(error.code).toBe("ECONNRESET");
    expect(received).toContain("first,piece\n");
    expect(received).not.toMatch(/\r\n0\r\n\r\n$/);
    await vi.waitFor(() => {
      const line = served.log.find(({ path: logged }) => logged === path);
      expect(line).toMatchObject({ aborted: true, errors: [{ code: "NOT_FOUND" }] });
    }, patience);
    expect(served.log.filter(({ level }) => level >= 50)).toEqual([]);
  });

  test("is cut off if the server stops before it is complete", async () => {
    let ended = false;
    exportPieces(async function* (signal) {
      try {
        yield Buffer.from("first,piece\n");
        await once(signal, "abort");
      } finally {
        ended = true;
      }
    });
    const response = await served.get(path);
    const read = response.text();
    await Promise.all([expect(read).rejects.toThrow(), served.server.stop(0)]);
    await vi.waitFor(() => expect(ended).toBe(true), patience);
  });

  test("has the status of an error that comes before its first row", async () => {
    // biome-ignore lint/correctness/useYield: it fails before it yields
    exportPieces(async function* () {
      throw new Error("no thread");
    });
    expect(await refusedAt(path)).toEqual([500, "INTERNAL_SERVER_ERROR"]);
  });
});
