import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addClusterCommand } from "../../src/cli/commands/cluster.js";
import { addDeleteCommand } from "../../src/cli/commands/delete.js";
import { addShowCommand } from "../../src/cli/commands/show.js";
import { writeExported } from "../export/exportedFixture.js";
import { type Fixture, id, openFixture } from "../fixtures.js";
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
