import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { createCli } from "../../src/cli/cli.js";
import { printable } from "../../src/cli/output/printable.js";
import { startedAs } from "../../src/cli/output/printedCommand.js";
import { shellWord } from "../../src/runtime/shellWord.js";

const clone = resolve(".");
const script = join(clone, "dist/cli/medoid.js");
const npm = { npm_lifecycle_event: "medoid", npm_package_json: join(clone, "package.json") };

describe("a printed command begins as the one that prints it was started", () => {
  test.each([
    [
      "by npm in a clone",
      { script, environment: { ...npm, INIT_CWD: join(clone, "docs") } },
      "npm run -s medoid --",
    ],
    [
      "by npm run demo",
      { script, environment: { ...npm, npm_lifecycle_event: "demo" } },
      "npm run -s medoid --",
    ],
    [
      "by npm from another folder",
      { script, environment: { ...npm, INIT_CWD: "/elsewhere" } },
      `npm run -s --prefix ${clone} medoid --`,
    ],
    [
      "by npm test",
      { script, environment: { ...npm, npm_lifecycle_event: "test" } },
      "node dist/cli/medoid.js",
    ],
    [
      "by a script of another package",
      { script, environment: { ...npm, npm_package_json: "/other/package.json" } },
      "node dist/cli/medoid.js",
    ],
    ["by node", { script, environment: {} }, "node dist/cli/medoid.js"],
    [
      "by node in another folder",
      { script, environment: {}, workingDirectory: "/" },
      `node ${script.slice(1)}`,
    ],
    [
      "by node, from a folder with a space",
      { script: "/a b/medoid.js", environment: {}, workingDirectory: "/c" },
      "node '/a b/medoid.js'",
    ],
    ["by npx", { script: "/x/medoid", environment: { npm_lifecycle_event: "npx" } }, "npx medoid"],
    [
      "by a program that npx runs",
      { script, environment: { npm_lifecycle_event: "npx" } },
      "node dist/cli/medoid.js",
    ],
    ["installed", { script: "/usr/bin/medoid", environment: { PATH: "/bin:/usr/bin" } }, "medoid"],
    [
      "installed in a folder that is not on the path",
      { script: "/x/node_modules/.bin/medoid", environment: { PATH: "/bin" } },
      "/x/node_modules/.bin/medoid",
    ],
  ])("%s", (_, start, expected) => {
    expect(startedAs({ workingDirectory: clone, ...start })).toBe(expected);
  });
});

test("it names the database if an option gave it, without the password", () => {
  const command = (databaseUrl: string, isOption: boolean) =>
    createCli({ databaseUrl, isOption }, new AbortController().signal).command("show", "it's");
  expect(command("./a b.db", true)).toMatch(/ show 'it'\\''s' --database-url '\.\/a b\.db'$/);
  expect(command("./a b.db", false)).toMatch(/ show 'it'\\''s'$/);
  expect(command("postgresql://me:secret@db/medoid", true)).toMatch(
    / --database-url postgresql:\/\/me@db\/medoid$/,
  );
});

test.each([
  ["a.db", "a.db"],
  ["", "''"],
  ["a b", "'a b'"],
  ["$HOME", "'$HOME'"],
  ["~", "'~'"],
  ["a\nb", "$'a\\x0ab'"],
  ["a\t'\\\u202e", "$'a\\x09\\'\\\\\\xe2\\x80\\xae'"],
])("%j is quoted for a shell as %s", (word, quoted) => {
  expect(shellWord(word)).toBe(quoted);
});

test("a shell word is escaped exactly where a text is not printed as it is", () => {
  // Every format and control character, and every separator of lines; joiners and visible signs are printed.
  for (let code = 0; code <= 0xe0fff; code++) {
    const character = String.fromCodePoint(code);
    if (!/[\p{C}\p{Z}]/u.test(character) || /\p{Co}|\p{Cn}|\p{Cs}/u.test(character)) continue;
    const isPrinted = printable(character) === character;
    expect([code.toString(16), !shellWord(character).startsWith("$")]).toEqual([
      code.toString(16),
      isPrinted,
    ]);
  }
  expect(printable("\u{e0041}\u00ad\u200d\u0600\u2028")).toBe("\\udb40\\udc41\\u00ad\u200d\u0600\\u2028");
});
