import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readUuid } from "../../../src/database/copyFormat/uuidBytes.js";
import { createApiKey } from "../../../src/server/access/apiKeys.js";
import { expectedAssignment, writeExported } from "../../export/exportedFixture.js";
import { id, uuid, writeMap, writeQueuedMap } from "../../fixtures.js";
import { type ServedFixture, serveFixture } from "../servedFixture.js";

let served: ServedFixture;
beforeAll(async () => {
  served = await serveFixture();
  await writeExported(served.fixture);
  await writeMap(served.fixture, { embeddings: 15 });
  await writeMap(served.fixture, { map: 1, embeddings: 5 });
  await writeQueuedMap(served.fixture, 2);
});
afterAll(() => served.close());

const result = uuid("ClusteringResult", 0);
const points = (map: number) => `/maps/${uuid("EmbeddingMap", map)}/points.arrow`;
const clustered = `${points(0)}?clusteringResultId=${result}`;

const refused = async (response: Response) => {
  const { errors } = (await response.json()) as {
    errors: { message: string; extensions: { code: string } }[];
  };
  return [response.status, errors[0].extensions.code, errors[0].message];
};

async function rowsOf(response: Response): Promise<unknown[][]> {
  const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()));
  return table.toArray().map((row) => {
    const { embedding_id, ...others } = row.toJSON();
    return [readUuid(embedding_id, 0), ...Object.values(others)];
  });
}

async function pointsUrl(at: ServedFixture, args: string, headers?: Record<string, string>, map = 0) {
  const query = `{ embeddingMap(id: "${id("EmbeddingMap", map)}") { pointsUrl${args} } }`;
  const { data, errors } = (await (await at.post({ query }, headers)).json()) as {
    data: { embeddingMap: { pointsUrl: string | null } };
    errors?: { extensions: { code: string } }[];
  };
  return errors ? errors[0].extensions.code : data.embeddingMap.pointsUrl;
}

const place = (n: number) => [uuid("Embedding", n), n, 0 - n / 2];

describe("the points of a map", () => {
  test("are sent in the order of the embeddings' ids, with what is known about the map", async () => {
    const response = await served.get(points(0));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/vnd.apache.arrow.stream",
      "content-disposition": `attachment; filename="medoid-${uuid("EmbeddingMap", 0)}-points.arrow"`,
      "cache-control": "private, no-cache",
      "transfer-encoding": "chunked",
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(await rowsOf(new Response(bytes))).toEqual(Array.from({ length: 15 }, (_, n) => place(n)));
    expect(JSON.parse(tableFromIPC(bytes).schema.metadata.get("medoid")!)).toMatchObject({
      embeddingMapId: uuid("EmbeddingMap", 0),
      embeddingCount: 15,
      laidOutCount: 15,
      placedCount: 0,
      inputDigest: "d".repeat(64),
      trustworthiness: 0.75,
      parameters: { neighbours: 15 },
    });
  });

  test("have the clusters of a result, one after the other, and no cluster where it did not cluster the embedding", async () => {
    expect(await rowsOf(await served.get(clustered))).toEqual(
      [12, 13, 14, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => [
        ...place(n),
        n < 8 ? 0 : n < 12 ? 1 : -1,
        n < 12 ? Math.fround(1 - n / 100) : 0,
        n === 3 || n === 9,
      ]),
    );
    const { prisma } = served.fixture;
    const removed = { clusteringResultId: result, embeddingId: uuid("Embedding", 1) };
    const assignment = await prisma.clusterAssignment.findFirstOrThrow({ where: removed });
    await prisma.clusterAssignment.deleteMany({ where: removed });
    const [first] = await rowsOf(await served.get(clustered));
    await prisma.clusterAssignment.create({ data: assignment });
    expect(first).toEqual([...place(1), null, null, false]);
  });

  test("have the network, prompt, model and step of each embedding if they are asked for", async () => {
    const origin = (n: number) => {
      const { network, initial_prompt, model, sequence_number } = expectedAssignment(n);
      return [JSON.stringify(network), initial_prompt, model, sequence_number];
    };
    expect(await rowsOf(await served.get(`${points(0)}?origin=true`))).toEqual(
      Array.from({ length: 15 }, (_, n) => [...place(n), ...origin(n)]),
    );
    const both = await rowsOf(await served.get(`${clustered}&origin=true`));
    const [alone, at] = [await rowsOf(await served.get(clustered)), both.map(([id]) => id)];
    expect(both).toEqual(
      alone.map((row) => [
        ...row,
        ...origin(Array.from({ length: 15 }, (_, n) => uuid("Embedding", n)).indexOf(row[0] as string)),
      ]),
    );
    expect(at).toEqual(alone.map(([id]) => id));
  });

  test("have the same bytes as before if they are not", async () => {
    const [absent, no] = await Promise.all(
      [clustered, `${clustered}&origin=false`].map(async (path) => {
        const response = await served.get(path, { "Accept-Encoding": "identity" });
        return [response.headers.get("etag"), Buffer.from(await response.arrayBuffer()).toString("hex")];
      }),
    );
    expect(no).toEqual(absent);
  });

  test("have a URL once the map has succeeded, also with the clusters of a result", async () => {
    expect(await pointsUrl(served, "")).toBe(`${served.address}${points(0)}`);
    const url = await pointsUrl(served, `(clusteringResultId: "${id("ClusteringResult", 0)}")`);
    expect(url).toBe(`${served.address}${clustered}`);
    expect(await pointsUrl(served, "(clusteringResultId: null)", {}, 2)).toBeNull();
    expect(await pointsUrl(served, "(origin: null)")).toBe(`${served.address}${points(0)}`);
    expect(await pointsUrl(served, "(origin: true)")).toBe(`${served.address}${points(0)}?origin=true`);
    const both = `(origin: true, clusteringResultId: "${id("ClusteringResult", 0)}")`;
    expect(await pointsUrl(served, both)).toBe(`${served.address}${clustered}&origin=true`);
  });

  test("have no URL with the clusters of a result that does not exist or has not succeeded", async () => {
    const withResult = (given: string) => pointsUrl(served, `(clusteringResultId: "${given}")`);
    expect(await withResult("x")).toBe("INVALID_INPUT");
    expect(await withResult(id("EmbeddingMap", 0))).toBe("INVALID_INPUT");
    expect(await withResult(id("ClusteringResult", 9))).toBe("NOT_FOUND");
    const { prisma } = served.fixture;
    const unfinished = { id: uuid("ClusteringResult", 2) };
    for (const status of ["QUEUED", "RUNNING", "FAILED", "CANCELLED"] as const) {
      await prisma.clusteringResult.update({ where: unfinished, data: { status } });
      expect([status, await withResult(unfinished.id)]).toEqual([status, "INVALID_INPUT"]);
    }
    await prisma.clusteringResult.update({ where: unfinished, data: { status: "QUEUED" } });
  });

  test("are not sent again to a client that has them", async () => {
    const { headers } = await served.get(clustered);
    const etag = headers.get("etag")!;
    const again = await served.get(clustered, { "If-None-Match": etag });
    expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, etag, ""]);
    const others = await Promise.all(
      [points(0), points(1), `${clustered}&origin=true`].map((path) =>
        served.get(path, { "If-None-Match": etag }),
      ),
    );
    expect(others.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test.each<[string, string | null]>([
    ["gzip", "gzip"],
    ["gzip, br", "br"],
    ["identity", null],
  ])("are compressed as the client accepts: %s", async (accepted, encoding) => {
    const response = await served.get(clustered, { "Accept-Encoding": accepted });
    expect(response.headers.get("content-encoding")).toBe(encoding);
    expect(response.headers.get("vary")).toContain("Accept-Encoding");
    expect((await rowsOf(response)).length).toBe(15);
    const known = { "Accept-Encoding": accepted, "If-None-Match": response.headers.get("etag")! };
    expect((await served.get(clustered, known)).status).toBe(304);
  });

  test("are not read for a HEAD request, nor for one whose client has them", async () => {
    const read = vi.fn();
    const { app } = served.fixture;
    const exporting = vi.spyOn(app.exporter, "exportMapPoints").mockImplementation(async function* () {
      read();
      yield new Uint8Array();
    });
    const head = await fetch(served.address + points(0), { method: "HEAD" });
    expect([head.status, head.headers.get("content-type")]).toEqual([
      200,
      "application/vnd.apache.arrow.stream",
    ]);
    const known = { "If-None-Match": head.headers.get("etag")! };
    expect((await served.get(points(0), known)).status).toBe(304);
    expect(read).not.toHaveBeenCalled();
    await served.get(points(0));
    expect(read).toHaveBeenCalledOnce();
    exporting.mockRestore();
  });

  test("are refused if they do not exist, and with an id that is none", async () => {
    expect(await refused(await served.get(points(2)))).toEqual([
      404,
      "NOT_FOUND",
      "The map has the status QUEUED: it has no points.",
    ]);
    for (const path of [points(7), "/maps/x/points.arrow", `/maps/${uuid("EmbeddingMap", 0)}/points.csv`]) {
      expect((await refused(await served.get(path))).slice(0, 2)).toEqual([404, "NOT_FOUND"]);
    }
    const of = (id: string) => served.get(`${points(0)}?clusteringResultId=${id}`);
    expect(await refused(await of(uuid("ClusteringResult", 9)))).toEqual([
      404,
      "NOT_FOUND",
      "There is no clustering result with this id.",
    ]);
    expect((await refused(await of(uuid("ClusteringResult", 2)))).slice(0, 2)).toEqual([
      409,
      "CLUSTERING_IN_PROGRESS",
    ]);
    expect(await refused(await of("x"))).toEqual([
      400,
      "INVALID_INPUT",
      'clusteringResultId must be a UUID; it was "x".',
    ]);
    expect(await refused(await served.get(`${points(0)}?origin=yes`))).toEqual([
      400,
      "INVALID_INPUT",
      'origin must be true or false; it was "yes".',
    ]);
    expect(await refused(await served.get(`${points(0)}?origins=true`))).toEqual([
      400,
      "INVALID_INPUT",
      'origins: is no parameter of this address, which takes clusteringResultId and origin; it was "true".',
    ]);
  });

  test("that were lost from the database are not passed over", async () => {
    const { prisma } = served.fixture;
    const lost = { embeddingMapId: uuid("EmbeddingMap", 1), embeddingId: uuid("Embedding", 2) };
    await prisma.mapPosition.deleteMany({ where: lost });
    expect(await refused(await served.get(points(1)))).toEqual([
      500,
      "INTERNAL_SERVER_ERROR",
      expect.any(String),
    ]);
  });
});

describe("the points of a map, if keys are required,", () => {
  test("need a key with the scope read, or a signature", async () => {
    const guarded = await serveFixture();
    try {
      const { key } = await createApiKey(guarded.fixture.prisma, { name: "reader", scopes: ["read"] });
      await writeExported(guarded.fixture);
      await writeMap(guarded.fixture, { embeddings: 15 });
      expect((await refused(await guarded.get(clustered))).slice(0, 2)).toEqual([401, "UNAUTHENTICATED"]);
      expect((await guarded.get(clustered, { authorization: `Bearer ${key}` })).status).toBe(200);
      const authorization = { authorization: `Bearer ${key}` };
      const url = (await pointsUrl(guarded, `(clusteringResultId: "${result}")`, authorization))!;
      expect(url).toMatch(/\?clusteringResultId=[\da-f-]{36}&expires=\d+&signature=[\w-]{43}$/);
      expect((await rowsOf(await fetch(url))).length).toBe(15);
      for (const other of [
        url.replace(/clusteringResultId=[\da-f-]{36}&/, ""),
        url.replace(result, uuid("ClusteringResult", 2)),
        url.replace("&expires", "&origin=true&expires"),
        url.replace(uuid("EmbeddingMap", 0), uuid("EmbeddingMap", 1)),
      ]) {
        expect((await fetch(other)).status, other).toBe(401);
      }
      const forged = `${clustered}&expires=9999999999&signature=${"A".repeat(43)}`;
      expect((await guarded.get(forged)).status).toBe(401);
    } finally {
      await guarded.close();
    }
  });
});
