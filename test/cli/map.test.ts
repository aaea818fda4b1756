import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cli } from "../../src/cli/cli.js";
import { addClusterCommand } from "../../src/cli/commands/cluster.js";
import { addMapCommand } from "../../src/cli/commands/map.js";
import { createServer, type MedoidServer } from "../../src/server/server.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { commandOutput } from "./commandOutput.js";

let temporary: TemporaryApp;
let server: MedoidServer;
let atServer: Partial<Cli>;
let folder: string;
let result: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "medoid-map-"));
  temporary = await openTemporaryApp();
  const { app } = temporary;
  await writeRun(app, groupedRows(3, 20), { text: (i) => `group <${i % 3}>` });
  await writeRun(app, groupedRows(2, 4), { model: "Other" });
  await app.queue.start();
  // The points are read at the address that --server names, whatever the server believes its own to be.
  server = createServer(app, { baseUrl: "http://medoid.invalid/maps" });
  atServer = { server: { url: await server.listen(0, "127.0.0.1") } };
  const clustered = await printed(addClusterCommand, [
    ...["cluster", "--embedding-model", "Model", "--sequence-number", "1.."],
  ]);
  [result] = /ClusteringResult:\S+/.exec(clustered)!;
});
afterAll(async () => {
  await server.stop(0);
  await temporary.close();
  rmSync(folder, { recursive: true });
});

const printed = (add: typeof addMapCommand, args: string[], options: Partial<Cli> = {}) =>
  commandOutput({ app: temporary.app, url: temporary.databaseUrl }, add, args, options);
const map = (args: string[], options?: Partial<Cli>) => printed(addMapCommand, ["map", ...args], options);
const out = (name: string) => join(folder, name);
const maps = () => temporary.app.database.prisma.embeddingMap.count();
const idOf = (text: string) => /EmbeddingMap:\S+/.exec(text)![0];

describe("medoid map", () => {
  test("maps what the latest result clustered, once, and prints how far it can be believed", async () => {
    const text = await map([]);
    const id = idOf(text);
    expect(text).toMatch(
      new RegExp(`^${id}  map of 59 embeddings of Model
UMAP with neighbours 15, minDistance 0\\.1, seed 0, metric EUCLIDEAN, normalize true
trustworthiness [01]\\.\\d{3}
clusters  3 with 0 outliers \\(0\\.0 %\\), of ${result}
Add --out map\\.svg to draw it\\.
$`),
    );
    expect([await map([]), await map([result])]).toEqual([text, text]);
    expect(await maps()).toBe(1);
    const json = JSON.parse(await map(["--json"]));
    expect(json.embeddingMap).toMatchObject({
      ...{ id, embeddingCount: 59, method: "UMAP", neighbours: 15 },
      pointsUrl: expect.stringMatching(/^\/maps\/.*\/points\.arrow\?clusteringResultId=/),
    });
  });

  test("says how many embeddings were placed, if any were, and the picture too", async () => {
    const id = idOf(await map([]));
    const row = { where: { id: id.slice("EmbeddingMap:".length) } };
    const { embeddingMap } = temporary.app.database.prisma;
    await embeddingMap.update({ ...row, data: { placedCount: 19 } });
    const text = await map(["--out", out("placed.svg")]);
    expect(text).toContain(
      "normalize true\n40 laid out, 19 placed among the nearest of them\ntrustworthiness",
    );
    expect(readFileSync(out("placed.svg"), "utf8")).toContain("40 laid out, 19 placed among the nearest of");
    expect(JSON.parse(await map(["--json"])).embeddingMap).toMatchObject({
      laidOutCount: 40,
      placedCount: 19,
    });
    await embeddingMap.update({ ...row, data: { placedCount: 0 } });
  });

  test("with a parameter makes another map, which it finds again", async () => {
    const before = await maps();
    const first = await map(["--seed", "3", "--neighbours", "5", "--min-distance", "0"]);
    expect(first).toContain("UMAP with neighbours 5, minDistance 0, seed 3,");
    expect(await map(["--min-distance", "0", "--seed", "3", "--neighbours", "5"])).toBe(first);
    const projected = await map(["--method", "pca"]);
    expect(projected).toContain("\nPCA with metric EUCLIDEAN, normalize true\n");
    for (const given of ["--neighbours 15", "--min-distance 0.1", "--seed 0"]) {
      const [option] = given.split(" ");
      await expect(map(["--method", "pca", ...given.split(" ")])).rejects.toThrow(
        `${option} has an effect only with --method umap.`,
      );
    }
    expect(await maps()).toBe(before + 2);
    expect(await map([])).toContain("\nUMAP with neighbours 15, minDistance 0.1, seed 0,");
    expect(await maps()).toBe(before + 2);
  });

  test("of a model without a result has all its embeddings and no clusters", async () => {
    const text = await map(["--embedding-model", "Other", "--out", out("other.csv")]);
    expect(text).toContain("map of 8 embeddings of Other");
    expect(text).toContain("clusters  none: nothing has been clustered");
    const [header, ...rows] = readFileSync(out("other.csv"), "utf8").trimEnd().split("\n");
    expect([header, rows.length]).toEqual(["embedding_id,x,y", 8]);
    await map(["--embedding-model", "Other", "--out", out("other.svg")]);
    expect(readFileSync(out("other.svg"), "utf8").match(/<path /g)).toHaveLength(1);
  });

  test("writes a picture with the clusters by name, and the points as Arrow or CSV", async () => {
    for (const name of ["map.svg", "map.arrow", "map.CSV"]) {
      expect(await map(["--out", out(name)])).toContain(`Wrote it to ${out(name)}.\n`);
    }
    const svg = readFileSync(out("map.svg"), "utf8");
    expect(
      [...svg.matchAll(/<text [^>]*font-size="1\d(?:\.\d)?">(group[^<]*)</g)].map(([, name]) => name).sort(),
    ).toEqual([...["group &lt;0&gt;", "group &lt;1&gt;", "group &lt;2&gt;"]]);
    expect(svg).toContain("59 embeddings of Model");
    expect(svg.match(/<circle /g)).toHaveLength(3);
    expect(tableFromIPC(readFileSync(out("map.arrow"))).numRows).toBe(59);
    const rows = readFileSync(out("map.CSV"), "utf8").trimEnd().split("\n");
    expect([rows.length, rows[0]]).toEqual([60, "embedding_id,x,y,label,probability,is_medoid"]);
    expect(rows.filter((row) => row.endsWith("true"))).toHaveLength(3);
  });

  test("of copies of one vector draws them all at one place", async () => {
    const copies = Array.from({ length: 12 }, () => [1, 2, 3]);
    await writeRun(temporary.app, copies, { model: "Copies" });
    for (const method of ["umap", "pca"]) {
      const text = await map(["--embedding-model", "Copies", "--method", method, "--out", out("copies.svg")]);
      expect(text).toContain("trustworthiness 1.000");
      const svg = readFileSync(out("copies.svg"), "utf8");
      const [, path] = /<path [^>]* d="([^"]*)"/.exec(svg)!;
      const places = path.split("h0").filter((place) => place !== "");
      expect([places.length, new Set(places).size]).toEqual([12, 1]);
      expect(places[0]).toMatch(/^M[\d.]+ [\d.]+$/);
    }
    await map(["--embedding-model", "Copies", "--seed", "-2147483648"]);
  });

  test("prints and writes the same through a server", async () => {
    const [here, there] = [out("here.svg"), out("there.svg")];
    const local = await map(["--out", here]);
    expect((await map(["--out", there], atServer)).replace(there, here)).toBe(local);
    expect(readFileSync(there, "utf8")).toBe(readFileSync(here, "utf8"));
    const started = await map(["--seed", "8"], atServer);
    expect(await map(["--seed", "8"])).toBe(started);
  });

  test.each([
    [["--neighbours", "1"], 2, "--neighbours 1: must be a whole number from 2"],
    [["--min-distance", "1.5"], 2, "--min-distance 1.5: must be a number from 0 to"],
    [["--neighbours", "1001"], 2, "--neighbours 1001: must be a whole number from 2"],
    [["--min-distance", "-0.1"], 2, "--min-distance -0.1: must be a number from 0 to"],
    [["--seed", "2147483648"], 1, "It must be a whole number from -2147483648 to 2147483647."],
    [["--seed", "-2147483649"], 1, "It must be a whole number from -2147483648 to 2147483647."],
    [["--min-distance", "NaN"], 1, "It must be a number."],
    [["--out", "map.png"], 2, "map.png ends in .png. The ending says what is written: .svg, .arrow, .csv."],
    [["--out", "map"], 2, "map has no ending."],
    [["--embedding-model", "none"], 2, "none"],
    [["0198c1b2-0000-7000-8005-000000000009"], 1, "No clustering result has the id"],
    [["0198c1b2-0000-7000-8005-000000000009", "--embedding-model", "Model"], 2, "Give either ID or"],
  ])("refuses %j, and writes nothing", async (args, exitCode, message) => {
    const before = await maps();
    const refused = map(args);
    await expect(refused).rejects.toMatchObject({ exitCode, message: expect.stringContaining(message) });
    expect(await maps()).toBe(before);
  });

  test("leaves an existing file as it is if it cannot write all of the map", async () => {
    const path = out("kept.svg");
    writeFileSync(path, "kept");
    const abort = new AbortController();
    abort.abort();
    await expect(map(["--out", path], { signal: abort.signal })).rejects.toThrow("Nothing was written.");
    expect(readFileSync(path, "utf8")).toBe("kept");
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});
