import { describe, expect, it } from "vitest";
import { describeSettings, readSettings, SettingError, settingDefinitions } from "../src/settings.js";

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
  ])("%s=%j is refused by name", (variable, text) => {
    expect(() => readSettings({ [variable]: text })).toThrow(SettingError);
    expect(() => readSettings({ [variable]: text })).toThrow(variable);
  });

  it.each(Object.values(settingDefinitions).map(({ variable }) => variable))(
    "%s is refused by name where it does not parse",
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

  it("accept no trusted documents alone where none are named", () => {
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

  it("are all described", () => {
    for (const { variable } of Object.values(settingDefinitions))
      expect(describeSettings()).toContain(variable);
  });
});
