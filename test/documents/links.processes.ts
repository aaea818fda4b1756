import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

// The targets of the documents' links exist: in a clone, and in the package as it is published.

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
})
  .trim()
  .split("\n");
const documents = files.filter((file) => file.endsWith(".md"));

interface Link {
  from: string;
  target: string;
}

/** The relative links of a document, without those within code. */
function linksOf(from: string): Link[] {
  const text = readFileSync(from, "utf8")
    .replace(/^```.*?^```$/gms, "")
    .replace(/\[`([^`\n]*)`\]/g, "[$1]")
    .replace(/`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => ({ from, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

/** The fragments of a document's headings, as GitHub and npm generate them. */
function anchorsOf(file: string): string[] {
  const text = readFileSync(file, "utf8").replace(/^```.*?^```$/gms, "");
  const seen = new Map<string, number>();
  return [...text.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) => {
    const anchor = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}

/** The target as a path of the repository. */
function leadsTo({ from, target }: Link): string {
  const [path] = target.split("#");
  return path === "" ? from : join(dirname(from), path).replace(/\/$/, "");
}

function brokenOf(links: Link[], holds: (path: string) => boolean): string[] {
  return links
    .filter((link) => {
      const path = leadsTo(link);
      const [, anchor] = link.target.split("#");
      if (!holds(path)) return true;
      return anchor !== undefined && !anchorsOf(path).includes(anchor);
    })
    .map(({ from, target }) => `${from}: ${target}`);
}

describe("the links of the documents", () => {
  const links = documents.flatMap(linksOf);

  test("are found by this test", () => {
    expect(links.length).toBeGreaterThan(60);
    expect(links.filter(({ target }) => target.includes("#")).length).toBeGreaterThan(15);
  });

  test("lead to files of the repository, and to existing headings", () => {
    const isThere = (path: string) => files.some((file) => file === path || file.startsWith(`${path}/`));
    expect(brokenOf(links, isThere)).toEqual([]);
  });

  test("of the package lead to files of the package", () => {
    // Built files are not checked, so that nothing has to be built.
    const packed = JSON.parse(
      execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }),
    )[0].files.map(({ path }: { path: string }) => path) as string[];
    const published = packed.filter((file) => file.endsWith(".md"));
    expect(published).toEqual(expect.arrayContaining(["README.md", "docs/operation.md", "CHANGELOG.md"]));
    expect(brokenOf(published.flatMap(linksOf), (path) => packed.includes(path))).toEqual([]);
  });

  test("that name a folder lead to one", () => {
    for (const link of links.filter(({ target }) => target.endsWith("/"))) {
      expect(statSync(leadsTo(link)).isDirectory(), link.target).toBe(true);
    }
  });
});
