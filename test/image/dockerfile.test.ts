import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { defaultPort } from "../../src/cli/options/listen.js";
import { databaseKindOf } from "../../src/database/databaseUrl.js";
import { healthPath } from "../../src/server/observability/health.js";
import {
  commandOf,
  copiesOf,
  environmentOf,
  readDockerfile,
  readDockerignore,
  textOf,
  textsOf,
} from "./dockerfile.js";

const root = (path: string) => new URL(`../../${path}`, import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(root("package.json"), "utf8"));

describe("the Dockerfile", () => {
  const stages = readDockerfile(root("Dockerfile"));
  const final = stages.at(-1)!;

  test("has several stages, all on one image, with a version of Node that Medoid supports", () => {
    expect(stages.length).toBeGreaterThan(1);
    const images = new Set(stages.map(({ image }) => image));
    expect([...images]).toHaveLength(1); // native modules are installed for one system
    const [, major] = /^node:(\d+)-/.exec(final.image) ?? [];
    const [, least] = /^>=(\d+)\.\d+$/.exec(manifest.engines.node) ?? [];
    expect(Number(major)).toBeGreaterThanOrEqual(Number(least));
  });

  test("copies only what exists, and only from earlier stages", () => {
    const isIgnored = readDockerignore(root(".dockerignore"));
    stages.forEach((stage, n) => {
      const before = stages.slice(0, n).map(({ name }) => name);
      for (const { from, sources } of copiesOf(stage)) {
        expect(sources).not.toEqual([]);
        if (from !== undefined) {
          expect(before).toContain(from);
          continue;
        }
        expect(sources.filter((source) => isIgnored(source) || !existsSync(root(source)))).toEqual([]);
      }
    });
  });

  test("takes dependencies from the stage without development dependencies, and built files from the stage that builds", () => {
    const stageOf = (source: string) => {
      const { from } = copiesOf(final).find(({ sources }) => sources.includes(source)) ?? {};
      return stages.find(({ name }) => name === from)!;
    };
    expect(textOf(stageOf("/medoid/node_modules"), "RUN")).toMatch(/^npm ci --omit=dev /);
    expect(textsOf(stageOf("/medoid/dist"), "RUN").at(-1)).toBe("node scripts/build.js");
    // `RUN npm ci` reads .npmrc and both manifests.
    for (const stage of stages.slice(0, -1)) {
      expect(copiesOf(stage)[0].sources).toEqual(["package.json", "package-lock.json", ".npmrc"]);
    }
  });

  test("starts the command line, which receives the signals", () => {
    expect(commandOf(textOf(final, "ENTRYPOINT"))).toEqual(["node", manifest.bin.medoid]);
  });

  test("runs as a user who is not root, and who may write to the database's folder", () => {
    const user = textOf(final, "USER");
    expect(user).toMatch(/^[a-z]/);
    expect(user).not.toBe("root");
    const at = (name: string, pattern = /^/) =>
      final.instructions.findIndex((each) => each.name === name && pattern.test(each.text));
    expect(at("USER")).toBeLessThan(at("ENTRYPOINT"));

    const { DATABASE_URL } = environmentOf(final);
    expect(databaseKindOf(DATABASE_URL)).toBe("sqlite");
    const folder = posix.dirname(DATABASE_URL.slice("file:".length));
    expect(textOf(final, "VOLUME")).toBe(folder);
    const owned = at("RUN", new RegExp(`^mkdir ${folder} && chown ${user}:${user} ${folder}$`));
    expect(owned).toBeGreaterThanOrEqual(0);
    // Only root may do that, and later changes to a volume's folder are lost.
    expect(owned).toBeLessThan(at("USER"));
    expect(owned).toBeLessThan(at("VOLUME"));
  });

  test("checks the health of the port that it serves, at a path that servers and workers have", () => {
    const [, port, path] = /http:\/\/127\.0\.0\.1:(\d+)(\/[^']+)/.exec(textOf(final, "HEALTHCHECK")) ?? [];
    expect(path).toMatch(healthPath);
    expect(Number(port)).toBe(defaultPort);
    expect(textOf(final, "EXPOSE")).toBe(port);
  });
});
