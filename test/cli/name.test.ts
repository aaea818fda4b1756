import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addNameCommand } from "../../src/cli/commands/name.js";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeQueuedClustering,
  writeRuns,
} from "../fixtures.js";
import { serveLimited } from "../server/limits/limitedServer.js";
import { commandOutput } from "./commandOutput.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 2 });
  await writeClustering(fixture, { result: 0, embeddings: 10, assign: () => ({ label: -1 }) });
  await writeClustering(fixture, { result: 1, embeddings: 10, assign: (n) => ({ label: n % 3 }) });
  await writeClustering(fixture, { result: 2, embeddings: 10, assign: (n) => ({ label: n % 2 }) });
  await writeQueuedClustering(fixture, 3);
});
afterAll(() => fixture.close());
beforeEach(async () => {
  await fixture.prisma.clusterAnnotation.deleteMany();
  await fixture.prisma.clusteringResultAnnotation.deleteMany();
});

const name = (...args: string[]) => commandOutput(fixture, addNameCommand, ["name", ...args]);
const printed = (cluster: number, result: number, label: number, said: string, noted = "none") =>
  `Cluster ${label} of ${id("ClusteringResult", result)}, ${id("Cluster", cluster)}\n  name  ${said}\n  note  ${noted}\n`;

describe("medoid name", () => {
  test("names a cluster of the latest result, or of another, by its label", async () => {
    expect(await name("1", "Gärten")).toBe(printed(2001, 2, 1, "Gärten"));
    expect(await name("1", "Wälder", "--result", uuid("ClusteringResult", 1))).toBe(
      printed(1001, 1, 1, "Wälder"),
    );
    expect(await fixture.prisma.clusterAnnotation.findMany({ orderBy: { id: "asc" } })).toEqual([
      { id: uuid("Cluster", 1001), name: "Wälder", note: null },
      { id: uuid("Cluster", 2001), name: "Gärten", note: null },
    ]);
  });

  test("names what has an id: a cluster, or a result in any state, with or without the type", async () => {
    for (const cluster of [id("Cluster", 1002), uuid("Cluster", 1002)]) {
      expect(await name(cluster, "third")).toBe(printed(1002, 1, 2, "third"));
    }
    for (const result of [id("ClusteringResult", 3), uuid("ClusteringResult", 3)]) {
      expect(await name(result, "planned")).toBe(
        `${id("ClusteringResult", 3)}\n  name  planned\n  note  none\n`,
      );
    }
  });

  test("sets and removes the name, the note or both, and escapes control characters", async () => {
    expect(await name("0", "red \u001b[31m", "--note", "two\nlines")).toBe(
      printed(2000, 2, 0, "red \\u001b[31m", "two\n        lines"),
    );
    expect(await name("0", "new", "--remove", "note")).toBe(printed(2000, 2, 0, "new"));
    expect(await name("0", "--note", "noted")).toBe(printed(2000, 2, 0, "new", "noted"));
    expect(await name("0", "--remove", "name")).toBe(printed(2000, 2, 0, "none", "noted"));
    expect(await name("0", "again", "--note", "still noted")).toBe(
      printed(2000, 2, 0, "again", "still noted"),
    );
    expect(await name("0", "--remove")).toBe(printed(2000, 2, 0, "none"));
    expect(await fixture.prisma.clusterAnnotation.count()).toBe(0);
  });

  test("prints the same through a server, and the response as JSON", async () => {
    const server = await serveLimited(fixture);
    const options = { server: { url: server.address } };
    expect(await commandOutput(fixture, addNameCommand, ["name", "0", "served"], options)).toBe(
      printed(2000, 2, 0, "served"),
    );
    await server.stop(0);
    expect(JSON.parse(await name("0", "--note", "n", "--json"))).toEqual({
      annotateCluster: {
        ...{ __typename: "Cluster", id: id("Cluster", 2000), name: "served", note: "n", label: 0 },
        clusteringResult: { id: id("ClusteringResult", 2) },
      },
    });
  });

  test("refuses what cannot be named, and says why", async () => {
    const [empty, latest, queued] = [0, 2, 3].map((n) => id("ClusteringResult", n));
    await expect(name("2", "x")).rejects.toThrow(`${latest} has no cluster 2: its clusters are 0 to 1.`);
    await expect(name("0", "x", "--result", empty)).rejects.toThrow(
      `${empty} has no cluster 0: it has no clusters.`,
    );
    await expect(name("0", "x", "--result", queued)).rejects.toThrow(
      `${queued} has no cluster 0: it is QUEUED, and has clusters only once it has succeeded.`,
    );
    for (const unknown of [id("ClusteringResult", 9), uuid("ClusteringResult", 9)]) {
      await expect(name(unknown, "x")).rejects.toThrow(
        `No clustering result has the id ${unknown}. There are:`,
      );
    }
    await expect(name("0", "x", "--result", uuid("ClusteringResult", 9))).rejects.toThrow(
      "No clustering result has the id",
    );
    await expect(name(id("Cluster", 9), "x")).rejects.toThrow(`No cluster has the id ${id("Cluster", 9)}.`);
    await expect(name(id("Run", 0), "x")).rejects.toThrow("It must be a cluster's label, or the id of a");
    await expect(name(id("Cluster", 1001), "x", "--result", latest)).rejects.toThrow(
      "--result has an effect only with a cluster's label.",
    );
    await expect(name("0")).rejects.toThrow("Give a NAME, --note or --remove.");
    await expect(name("0", "x", "--remove")).rejects.toThrow("Give either NAME or --remove.");
    await expect(name("0", "--note", "x", "--remove", "note")).rejects.toThrow(
      "Give either --note or --remove note.",
    );
    await expect(name("0", "x".repeat(201), "--note", " ")).rejects.toThrow(
      "NAME must have 1 to 200 characters, and has 201; --remove removes it.\n--note must not consist of white space alone; --remove removes it.",
    );
    await expect(name("0", "b\ufffdd")).rejects.toThrow("It must be UTF-8");
    await expect(name("0", "--remove", "label")).rejects.toThrow("Allowed choices are name, note.");
    expect(await fixture.prisma.clusterAnnotation.count()).toBe(0);
  });
});
