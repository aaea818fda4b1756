import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { version } from "../../src/runtime/version.js";

const changelog = readFileSync("CHANGELOG.md", "utf8");
const headings = [...changelog.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);

test("the changelog begins with the unreleased changes, and then has this version", () => {
  expect(headings[0]).toBe("[Unreleased]");
  expect(headings[1]).toMatch(new RegExp(`^\\[${version}\\] - \\d{4}-\\d\\d-\\d\\d$`));
});

test("the changelog groups the changes as Keep a Changelog does", () => {
  const kinds = [...changelog.matchAll(/^### (.*)$/gm)].map(([, kind]) => kind);
  expect(kinds.length).toBeGreaterThan(0);
  for (const kind of kinds) {
    expect(["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]).toContain(kind);
  }
});

test("CITATION.cff has what the format requires, and this version with its date", () => {
  const citation = parse(readFileSync("CITATION.cff", "utf8"));
  expect(citation).toMatchObject({ "cff-version": "1.2.0", version, license: "MIT" });
  expect(headings[1]).toBe(`[${version}] - ${citation["date-released"]}`);
  for (const each of [citation, ...citation.references]) {
    expect(each.title).toEqual(expect.any(String));
    expect(each.authors.length).toBeGreaterThan(0);
  }
  expect(citation.message).toEqual(expect.any(String));
  expect(citation.references.map(({ year }: { year: number }) => year)).toEqual([2013, 2015, 2017]);
});

test("the resolutions for Yarn 1 have the versions of package.json", () => {
  const [, json] = /^```json\n(\{\s+"resolutions".*?)^```$/ms.exec(
    readFileSync("docs/operation.md", "utf8"),
  )!;
  const { resolutions } = JSON.parse(json) as { resolutions: Record<string, string> };
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  const versions = Object.entries(resolutions).map(([path, version]) => [
    path.split("/").slice(-2).join("/"),
    version,
  ]);
  const pinned = Object.entries(dependencies).filter(([name]) => name.startsWith("@graphql-tools/"));
  expect(Object.fromEntries(versions)).toEqual(Object.fromEntries(pinned));
});
