import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { examplesOf, projectOfSection } from "./documents.js";

const examples = examplesOf("docs/frontends.md");

function sourcesOf(project: string): string[] {
  const folder = join("test/clients/projects", project);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "utf8"));
}

describe.each([...projectOfSection])("the section for frontends on %s", (name, project) => {
  const blocks = examples.filter(({ section }) => section === name);

  test("shows code", () => {
    expect(blocks).not.toEqual([]);
  });

  // So that the code shown is the code that projects.clients.ts runs.
  test.each(blocks.map(({ where, text }) => [where, text]))("at %s shows code of its project", (_, text) => {
    expect(sourcesOf(project).filter((source) => source.includes(text))).toHaveLength(1);
  });
});

test.each([...projectOfSection.values()])("the project %s names exact versions", (project) => {
  const folder = join("test/clients/projects", project);
  const versions =
    project === "python"
      ? readFileSync(join(folder, "requirements.txt"), "utf8")
          .trimEnd()
          .split("\n")
          .map((line) => line.split("==")[1])
      : Object.entries(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")))
          .filter(([key]) => /ependencies$/.test(key))
          .flatMap(([, packages]) => Object.values(packages as Record<string, string>));
  expect(versions.filter((version) => !/^\d+(\.\d+)*$/.test(version))).toEqual([]);
});
