import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addClusterCommand } from "../../src/cli/commands/cluster.js";
import { addDeleteCommand } from "../../src/cli/commands/delete.js";
import { addShowCommand } from "../../src/cli/commands/show.js";
import {
  addClusterOptions,
  type ClusterOptions,
  clusterInput,
} from "../../src/cli/options/clusterOptions.js";
import { writeExported } from "../export/exportedFixture.js";
import { type Fixture, id, openFixture, writeMap } from "../fixtures.js";
import { commandOutput } from "./commandOutput.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeExported(fixture);
});
afterAll(() => fixture.close());

describe("a refused option is named in the words of the command line", () => {
  test.each([
    [
      ["--max-cluster-size", "1"],
      "--max-cluster-size 1: must be a whole number of at least --min-cluster-size, 5, or left out for no limit; it was 1.",
    ],
    [
      ["--max-cluster-size", "9", "--cluster-selection-method", "LEAF"],
      "--max-cluster-size 9: must be left out with --cluster-selection-method LEAF, as it bounds the choice of EXCESS_OF_MASS alone; it was 9.",
    ],
    [
      ["--reduce", "umap", "--reduce-neighbours", "1"],
      "--reduce-neighbours 1: must be a whole number from 2, as a row is in its own neighbourhood, to 1,000; it was 1.",
    ],
    [
      ["--reduce", "pca", "--reduce-dimensions", "0"],
      "--reduce-dimensions 0: must be a whole number of at least 1; it was 0.",
    ],
    [
      ["--reduce-dimensions", "5"],
      "--reduce-dimensions has an effect only with --reduce umap or --reduce pca.",
    ],
    [["--reduce", "pca", "--reduce-seed", "5"], "--reduce-seed has an effect only with --reduce umap."],
    [
      ["--reduce", "umap"], // to 5 dimensions, but the vectors have 2
      "--reduce-dimensions 5: must be a whole number of at least 1 and at most the dimensions",
    ],
    [
      ["--reduce", "umap", "--reduce-dimensions", "2", "--reduce-min-distance", "1.5"],
      "--reduce-min-distance 1.5: must be a number from 0 to 1",
    ],
    [["--min-cluster-size", "1"], "--min-cluster-size 1: must be a whole number of at least 2; it was 1."],
  ])("%j", async (options, message) => {
    const before = await fixture.prisma.clusteringResult.count();
    const refused = commandOutput(fixture, addClusterCommand, [
      "cluster",
      "--embedding-model",
      "words",
      ...options,
    ]);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ exitCode: 2 });
    expect(await fixture.prisma.clusteringResult.count()).toBe(before);
  });
});

test.each([
  [["--reduce-seed", "2147483648"], "It must be a whole number from -2147483648 to 2147483647."],
  [["--reduce-seed", "-2147483649"], "It must be a whole number from -2147483648 to 2147483647."],
  [["--reduce-seed", "0.5"], "It must be a whole number."],
  [["--reduce-min-distance", "NaN"], "It must be a number."],
  [["--reduce", "tsne"], "It must be UMAP or PCA."],
])("an option that cannot be sent is refused with its range: %j", async (options, message) => {
  const before = await fixture.prisma.clusteringResult.count();
  const refused = commandOutput(fixture, addClusterCommand, ["cluster", "--reduce", "umap", ...options]);
  await expect(refused).rejects.toThrow(`'${options[1]}' is invalid. ${message}`);
  expect(await fixture.prisma.clusteringResult.count()).toBe(before);
});

test("the options of a reduction become its input: only those that were given", () => {
  const inputOf = (...args: string[]) => {
    const command = addClusterOptions(new Command().exitOverride());
    command.parse(args, { from: "user" });
    return clusterInput(command.opts<ClusterOptions>(), "words");
  };
  expect(inputOf("--min-samples", "2")).not.toHaveProperty("reduction");
  expect(inputOf("--reduce", "umap").reduction).toEqual({ method: "UMAP" });
  const all =
    "--reduce umap --reduce-dimensions 3 --reduce-neighbours 7 --reduce-min-distance 0.5 --reduce-seed -4";
  expect(inputOf(...all.split(" ")).reduction).toEqual({
    ...{ method: "UMAP", dimensions: 3, neighbours: 7, minDistance: 0.5, seed: -4 },
  });
  expect(inputOf("--reduce", "PCA", "--reduce-dimensions", "3").reduction).toEqual({
    method: "PCA",
    dimensions: 3,
  });
});

test("delete removes a map by its typed id", async () => {
  await writeMap(fixture, { embeddings: 3 });
  const map = id("EmbeddingMap", 0);
  expect(await commandOutput(fixture, addDeleteCommand, ["delete", map])).toBe(`Deleted ${map}.\n`);
  expect(await fixture.prisma.embeddingMap.count()).toBe(0);
  const again = commandOutput(fixture, addDeleteCommand, ["delete", map]);
  await expect(again).rejects.toThrow(`No map has the id ${map}.`);
});

test("show and delete say the same about an id that does not exist", async () => {
  const unknown = id("ClusteringResult", 9);
  const messages: string[] = [];
  for (const [add, command] of [[addShowCommand, "show"] as const, [addDeleteCommand, "delete"] as const]) {
    await commandOutput(fixture, add, [command, unknown]).catch(({ message }) => messages.push(message));
  }
  expect(messages[0]).toContain(`No clustering result has the id ${unknown}.`);
  expect(messages[1]).toBe(messages[0]);
  expect(messages).toHaveLength(2);
});
