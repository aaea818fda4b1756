import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { teamJobs } from "../../src/clustering/teamJobs.js";

it("threads that help know every job by its name", () => {
  const folder = "src/clustering";
  const source = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  const defined = Array.from(source.matchAll(/teamJob\(\s*"(\w+)"/g), ([, name]) => name);
  expect(defined.length).toBeGreaterThan(10);
  expect(teamJobs.map(({ name }) => name).sort()).toEqual(defined.sort());
});
