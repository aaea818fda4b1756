import { execFileSync } from "node:child_process";
import { Command } from "commander";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addClusterCommand } from "../../src/cli/commands/cluster.js";
import { addSweepCommand } from "../../src/cli/commands/sweep.js";
import { addClusterOptions, clusterInput } from "../../src/cli/options/clusterOptions.js";
import { clusterWords } from "../../src/cli/output/clusterWords.js";
import { createServer } from "../../src/server/server.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { commandOutput } from "./commandOutput.js";

/** The name of a model that a shell must be told carefully. */
const model = "it's a model";

let temporary: TemporaryApp;
beforeAll(async () => {
  temporary = await openTemporaryApp();
  // Three groups of 30, and three that are each within one of them.
  const rows = groupedRows(3, 30, 4);
  rows.forEach((row, i) => {
    if (i >= 45) row[3] += 0.4;
  });
  await writeRun(temporary.app, rows, { model });
  await temporary.app.queue.start();
});
afterAll(() => temporary.close());

const fixture = () => ({ app: temporary.app, url: temporary.databaseUrl });
const sweep = (...args: string[]) => commandOutput(fixture(), addSweepCommand, ["sweep", ...args]);
const cluster = (...args: string[]) =>
  commandOutput(fixture(), addClusterCommand, ["cluster", "--json", ...args]);

/** The words of a command that was printed, as a shell reads them. */
function wordsOf(printed: string): string[] {
  const [, hint] = /`([^`]*)`\n$/.exec(printed) ?? [];
  const words = execFileSync("sh", ["-c", `printf '%s\\n' ${hint}`], { encoding: "utf8" });
  return words.trimEnd().split("\n");
}

async function latest() {
  return temporary.app.database.prisma.clusteringResult.findFirstOrThrow({
    orderBy: { finishingNumber: "desc" },
  });
}

describe("medoid sweep", () => {
  test("prints a table with its plateaus, and recommends a setting whose command runs as printed", async () => {
    await cluster("--min-cluster-size", "8", "--min-samples", "4", "--no-normalize");
    const { id } = await latest();
    const printed = await sweep("--min-cluster-size", "5,10,12,80", "--method", "leaf,excess-of-mass");
    expect(printed).toContain(`ClusteringResult:${id}: 90 embeddings of ${model}\n`);
    const cells = (row: string) =>
      row
        .split("│")
        .slice(1, -1)
        .map((cell) => cell.trim());
    const [, ...rows] = printed
      .split("\n")
      .filter((each) => each.startsWith("│"))
      .map(cells);
    expect(rows.map(([size, method, , , , , , , plateau]) => [size, method, plateau].join(" "))).toEqual([
      "5 * EOM 1",
      "10 EOM 1",
      "12 EOM 1",
      "80 EOM ",
      "5 LEAF 2",
      "10 LEAF 2",
      "12 LEAF 2",
      "80 LEAF ",
    ]);
    expect(printed).toMatch(
      /\nRecommended: size 5, EXCESS_OF_MASS, epsilon 0: sizes 5 to 12 give nearly the same clusters \(agreement \d\.\d\d or more\), and of these it has the fewest outliers, \d+\.\d %\.\n/,
    );
    const [, name, ...args] = ["", ...wordsOf(printed).slice(1)];
    expect(name).toBe("cluster");
    await cluster(...args);
    const again = await latest();
    const [, , , clusters, outliers] = rows[0];
    expect(again).toMatchObject({ spanningTreeId: id, minClusterSize: 5, minSamples: 4, normalize: false });
    expect([String(again.clusterCount), `${((100 * again.outlierCount!) / 90).toFixed(1)} %`]).toEqual([
      clusters,
      outliers,
    ]);
  });

  test("--json has the response, the plateaus and the recommendation", async () => {
    const printed = JSON.parse(await sweep("--min-cluster-size", "5,10", "--epsilon", "0.05", "--json"));
    expect(printed.clusteringResult.sweep).toHaveLength(2);
    expect(printed.plateaus).toEqual([
      { points: printed.clusteringResult.sweep, leastAgreement: expect.any(Number) },
    ]);
    expect(printed.recommendation.plateau).toEqual(printed.plateaus[0]);
  });

  test("says that nothing can be recommended, or only with reserve", async () => {
    expect(await sweep("--min-cluster-size", "80,85")).toMatch(
      /\nNo setting gives two clusters, so none is recommended\.\n$/,
    );
    expect(await sweep("--min-cluster-size", "10")).toContain(
      "it has the fewest outliers, 0.0 %; with several sizes, it would show whether they agree.\n",
    );
  });

  test("names the option of a value that is refused, and the value", async () => {
    await expect(sweep("--min-cluster-size", "5,1")).rejects.toThrow(
      /^--min-cluster-size: must be a whole number of at least 2; it was 1\.$/,
    );
    await expect(sweep("--epsilon", "-0.5")).rejects.toThrow(
      /^--epsilon: must be .* at least 0; it was -0\.5\.$/,
    );
    const many = Array.from({ length: 101 }, (_, i) => i + 2).join(",");
    await expect(sweep("--min-cluster-size", many)).rejects.toThrow(
      /^--min-cluster-size: must make at most 100 .*101/,
    );
    await expect(sweep("--method", "root")).rejects.toThrow(
      /'--method <m,m>'.*'root'.* EXCESS_OF_MASS or LEAF/,
    );
    await expect(sweep("--min-cluster-size", "5,,7")).rejects.toThrow(/'5,,7'/);
    await expect(sweep("0198c1b2-0000-7000-8005-00000000000f")).rejects.toThrow(
      /No clustering result has the id/,
    );
  });

  test("prints the same from a server, with its address in the command", async () => {
    const server = createServer(temporary.app);
    const url = await server.listen(0, "127.0.0.1");
    const args = ["sweep", "--min-cluster-size", "5,10"];
    const options = {
      server: { url },
      open: () => Promise.reject(new Error("The database must not be opened.")),
    };
    expect(await commandOutput(fixture(), addSweepCommand, args, options)).toBe(
      await sweep(...args.slice(1)),
    );
    await server.stop(0);
  });
});

describe("the command that repeats a clustering", () => {
  const word = fc
    .string({ minLength: 1, maxLength: 8 })
    .filter((text) => text.trim() === text && text !== "");
  const some = <T>(value: fc.Arbitrary<T>) =>
    fc.option(fc.array(value, { minLength: 1, maxLength: 3 }), { nil: null });
  const filter = fc.record({
    runIds: some(fc.uuid()),
    networks: some(
      fc.array(
        word.filter((text) => !text.includes(",")),
        { minLength: 1, maxLength: 3 },
      ),
    ),
    initialPrompts: some(word),
    models: some(word),
    sequenceNumber: fc.constantFrom(null, { min: 3, max: null }, { min: null, max: 7 }, { min: 3, max: 7 }),
    everyNth: fc.constantFrom(null, 1, 4),
  });
  const parameters = fc.record({
    algorithm: fc.constantFrom("HDBSCAN" as const, "APPROXIMATE_HDBSCAN" as const),
    minClusterSize: fc.integer({ min: 2, max: 99 }),
    minSamples: fc.integer({ min: 1, max: 99 }),
    clusterSelectionMethod: fc.constantFrom("EXCESS_OF_MASS" as const, "LEAF" as const),
    clusterSelectionEpsilon: fc.double({ min: 0, max: 1e9, noNaN: true }),
    maxClusterSize: fc.constantFrom(null, 500),
    alpha: fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
    allowSingleCluster: fc.boolean(),
    metric: fc.constantFrom("EUCLIDEAN" as const, "COSINE" as const),
    normalize: fc.boolean(),
    reduction: fc.constantFrom(
      null,
      { method: "PCA" as const, dimensions: 3, neighbours: null, minDistance: null, seed: null },
      { method: "UMAP" as const, dimensions: 7, neighbours: 9, minDistance: 0.25, seed: -5 },
    ),
  });

  test("says every filter and parameter in words that the options read back", () => {
    fc.assert(
      fc.property(word, filter, parameters, (name, applied, given) => {
        const { algorithm } = given;
        const words = clusterWords({
          embeddingModel: { name },
          filter: applied,
          algorithm,
          parameters: given,
        })!;
        const program = new Command().exitOverride();
        let input: object = {};
        addClusterOptions(program.command("cluster")).action((options) => {
          input = clusterInput(options, options.embeddingModel);
        });
        program.parse(words, { from: "user" });
        const defaults = {
          ...{ algorithm: "HDBSCAN", clusterSelectionMethod: "EXCESS_OF_MASS", clusterSelectionEpsilon: 0 },
          ...{ maxClusterSize: null, alpha: 1, allowSingleCluster: false, metric: "EUCLIDEAN" },
          ...{ normalize: true, reduction: null },
        };
        const present = (object: object) =>
          Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
        const { sequenceNumber, ...others } = applied;
        const range = sequenceNumber && { sequenceNumber: present(sequenceNumber) };
        const { filter: read = {}, reduction, ...read2 } = input as Record<string, object>;
        expect(read).toEqual({ ...present(others), ...range });
        expect({ ...defaults, ...read2, reduction: reduction ?? null }).toEqual({
          ...given,
          reduction: given.reduction && present(given.reduction),
          embeddingModel: name,
        });
      }),
    );
  });

  test("does not exist for a network with a comma, or for a filter that matches nothing", () => {
    const nothing = { runIds: null, networks: null, initialPrompts: null, models: null };
    const without = { ...nothing, sequenceNumber: null, everyNth: null };
    const [given] = fc.sample(parameters, 1);
    const words = (applied: object) =>
      clusterWords({
        ...{ embeddingModel: { name: model }, algorithm: "HDBSCAN", parameters: given },
        filter: { ...without, ...applied },
      });
    expect(words({ networks: [["a", "b,c"]] })).toBeNull();
    expect(words({ networks: [[" a"]] })).toBeNull();
    expect(words({ models: [] })).toBeNull();
    expect(words({})).toContain(model);
  });
});
