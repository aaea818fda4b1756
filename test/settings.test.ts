import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorCodes } from "../src/resolvers/errors.js";
import {
  describeSettings,
  readSettings,
  SettingError,
  settingDefinitions,
  unknownVariables,
} from "../src/settings.js";

describe("settings", () => {
  it("have defaults", () => {
    expect(readSettings({})).toMatchObject({ clusteringConcurrency: 1, clusteringSecondsLimit: 600 });
    expect(readSettings({}).clusteringThreads).toBeGreaterThanOrEqual(1);
    expect(readSettings({}).clusteringBytesLimit).toBeGreaterThan(1e8);
  });

  it("are read from the environment", () => {
    expect(
      readSettings({
        MEDOID_CLUSTERING_CONCURRENCY: "3",
        MEDOID_CLUSTERING_THREADS: "2",
        MEDOID_CLUSTERING_SECONDS_LIMIT: "0.5",
        MEDOID_CLUSTERING_BYTES_LIMIT: "1.5GB",
      }),
    ).toMatchObject({
      clusteringConcurrency: 3,
      clusteringThreads: 2,
      clusteringSecondsLimit: 0.5,
      clusteringBytesLimit: 1_500_000_000,
    });
  });

  it.each([
    ["MEDOID_CLUSTERING_CONCURRENCY", "0"],
    ["MEDOID_CLUSTERING_THREADS", "many"],
    ["MEDOID_CLUSTERING_THREADS", ""],
    ["MEDOID_CLUSTERING_SECONDS_LIMIT", "-1"],
    ["MEDOID_CLUSTERING_SECONDS_LIMIT", "Infinity"],
    ["MEDOID_CLUSTERING_BYTES_LIMIT", "4TB"],
    ["MEDOID_CLUSTERING_BYTES_LIMIT", "0"],
  ])("%s=%j is refused with the variable's name", (variable, text) => {
    expect(() => readSettings({ [variable]: text })).toThrow(SettingError);
    expect(() => readSettings({ [variable]: text })).toThrow(variable);
  });

  it.each(Object.values(settingDefinitions).map(({ variable }) => variable))(
    "%s that cannot be parsed is refused with the variable's name",
    (variable) => {
      const text = variable === "MEDOID_DOCUMENTS" ? "" : "no such value"; // any other text is the path of a file
      expect(() => readSettings({ [variable]: text })).toThrow(
        expect.objectContaining({
          constructor: SettingError,
          message: expect.stringMatching(new RegExp(`^${variable} must be .*, not "${text}"`)),
        }),
      );
    },
  );

  it("do not allow only trusted documents if there is no file of them", () => {
    const only = { MEDOID_DOCUMENTS_ONLY: "on" };
    expect(() => readSettings(only)).toThrow(
      expect.objectContaining({
        constructor: SettingError,
        message: expect.stringMatching(/MEDOID_DOCUMENTS_ONLY .*MEDOID_DOCUMENTS /),
      }),
    );
    expect(readSettings({ ...only, MEDOID_DOCUMENTS: "some.json" })).toMatchObject({ documentsOnly: true });
    expect(readSettings({ MEDOID_DOCUMENTS_ONLY: "off" })).toMatchObject({ documentsOnly: false });
  });

  it("are distinguished from misspelt variables", () => {
    const environment = {
      MEDOID_LIMIT_DEPHT: "3",
      MEDOID_LIMIT_DEPTH: "3",
      MEDOID_PORTS: "1",
      MEDOID_PORT: "1",
    };
    expect(unknownVariables({ ...environment, PATH: "" })).toEqual(["MEDOID_LIMIT_DEPHT", "MEDOID_PORTS"]);
  });

  it("and the other variables that the code names are known", () => {
    const named = new Set<string>();
    for (const folder of ["src", "test", "bench"]) {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.[jt]s$/.test(entry.name) || entry.name === "settings.test.ts") continue;
        const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
        for (const [name] of text.matchAll(/\bMEDOID_[A-Z_]*[A-Z]\b/g)) named.add(name);
      }
    }
    for (const code of errorCodes) named.delete(code);
    expect(named.size).toBeGreaterThan(40);
    const misspelt = "MEDOID_LIMIT_DEPHT"; // in another test
    expect(unknownVariables(Object.fromEntries([...named].map((name) => [name, ""])))).toEqual([misspelt]);
  });

  it("all have a description", () => {
    expect(describeSettings().map(({ variable }) => variable)).toEqual(
      Object.values(settingDefinitions).map(({ variable }) => variable),
    );
    expect(describeSettings(["rateLimit"])).toEqual([
      { variable: "MEDOID_RATE_LIMIT", description: expect.stringMatching(/no limit \(default: 100000\)$/) },
    ]);
  });
});
