import { resolve } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  databaseKindOf,
  readDatabaseUrl,
  serverAddress,
  sqlitePath,
  withoutPassword,
} from "../../src/database/databaseUrl.js";
import { DatabaseUrlError } from "../../src/database/errors/databaseUrlError.js";

/** The reason why a URL is refused. */
function refusal(url: string, name?: string): string {
  try {
    readDatabaseUrl(url, name);
  } catch (error) {
    expect(error).toBeInstanceOf(DatabaseUrlError);
    return (error as Error).message;
  }
  return "not refused";
}

test.each([
  ["file:medoid.db", "sqlite"],
  ["file:///data/medoid.db", "sqlite"],
  ["postgresql://localhost/medoid", "postgresql"],
  ["postgres://medoid:secret@db:5432/medoid?sslmode=verify-full", "postgresql"],
])("%s is a database of the kind %s", (url, kind) => {
  expect(databaseKindOf(url)).toBe(kind);
});

test.each([
  ["file:./a%20b.db", resolve("a b.db")],
  ["file:a b.db", resolve("a b.db")],
  ["file:./50%25.db", resolve("50%.db")],
  ["file:./%C3%A9%3F%23.db", resolve("é?#.db")],
  ["file:/absolute/a%20b.db", "/absolute/a b.db"],
  ["file:///absolute/a%20b.db", "/absolute/a b.db"],
  ["file:///absolute/a.db%20", "/absolute/a.db "],
  ["file://localhost/absolute/m.db", "/absolute/m.db"],
  ["FILE:../m.db", resolve("../m.db")],
  ["a.sqlite", resolve("a.sqlite")],
  ["./a b.db", resolve("a b.db")],
  ["/x/y.db", "/x/y.db"],
  ["50%.db", resolve("50%.db")],
  ["a%20b.db", resolve("a%20b.db")],
  ["what?#1.db", resolve("what?#1.db")],
  ["./a:b.db", resolve("a:b.db")],
  ["./~/é.db", resolve("~/é.db")],
])("%s names the file %s", (url, path) => {
  expect(sqlitePath(url)).toBe(path);
});

test.each([
  ["", 'not ""'],
  [":memory:", 'must be the path of a file, start with "file:"'],
  ["mysql://root:QZ7@localhost/medoid", 'not with "mysql:"'],
  ["libsql://host", 'not with "libsql:"'],
  ["postgresql:medoid", 'not with "postgresql:"'],
  ["localhost:5432/medoid", 'not with "localhost:"'],
  ["//db/medoid", 'must be the path of a file, start with "file:"'],
  ["host=db password=QZ7", 'must be the path of a file, start with "file:"'],
  [' "postgresql://u:QZ7@db/medoid"', 'must be the path of a file, start with "file:"'],
  ['"postgresql://db/medoid"', 'must be the path of a file, start with "file:"'],
  ["a.db ", "begins or ends with a space"],
  [
    "file:~/a.db",
    'begins with a "~", which only a shell replaces by a directory. A file in the working directory is "file:./~/a.db".',
  ],
  ["~/a.db", 'begins with a "~", which only a shell replaces by a directory'],
  ["./folder/", "names a directory"],
  ["..", "names a directory"],
  ["a.db\n", "control character"],
  ["caf\ufffd.db", "not UTF-8"],
  ["file:./x.db ", "begins or ends with a space"],
  ["file: ./x.db", "begins or ends with a space"],
  ["file:///x.db\u00a0", "begins or ends with a space"],
  ["file:", "names no file"],
  ["file:///", "names a directory"],
  ["file:./folder/", "names a directory"],
  ["file:..", "names a directory"],
  ["file::memory:", "names no file: a database in memory"],
  ["file:%3Amemory%3A", "names no file: a database in memory"],
  ["file:./m.db?mode=ro", 'the parameter "mode"'],
  ["file:./m.db?", 'has a "?"'],
  ["file:./m.db#1", 'has a "#"'],
  ["file:./100%.db", 'has a "%"'],
  ["file:./%ff.db", 'has a "%"'],
  ["file:./m%00.db", "control character"],
  ["file:./m.db\n", "control character"],
  ["file:./caf\ufffd.db", "not UTF-8"],
  ["file:./caf%EF%BF%BD.db", "not UTF-8"],
  ["file://m.db", 'names a host "m.db"'],
  ["file://server/share/m.db", 'names a host "server"'],
  ["file://u:QZ7@host/m.db", "names a host"],
  ["postgresql://db", "names no database"],
  ["postgresql://db/", "names no database"],
  ["postgresql://db/medoid/", 'has a "/" in the name of the database'],
  ["postgresql://one,two/medoid", "names several hosts"],
  ["postgresql://db:port/medoid", "is not a valid URL"],
  ["postgresql://u:QZ7%@db/medoid", 'has a "%"'],
  ["postgresql://u:QZ7%ff@db/medoid", "not UTF-8"],
  ["postgresql://u:QZ7@db/medoid\n", "control character"],
  ["postgresql://u:Q\tZ7@db/medoid", "control character"],
  ["postgresql://u:QZ7@db/medoid%00", "control character"],
  ["postgresql://db/medoid#1", 'has a "#"'],
  ["postgresql://db/medoid?schema=other", 'the parameter "schema", which must be "public"'],
  [
    "postgresql://db/medoid?connection_limit=5",
    'the parameter "connection_limit" that Medoid does not understand',
  ],
  ["postgresql://db/medoid?sslmode=required", 'the parameter "sslmode", which must be disable, prefer'],
  ["postgresql://db/medoid?sslmode=disable&sslmode=require", '"sslmode" twice'],
  ["postgresql://db/medoid?sslrootcert=/nowhere.pem", 'the parameter "sslrootcert", which must be a file'],
  ["postgresql://db/medoid?options=-c%20search_path%3Dother", 'the parameter "options"'],
  ["postgresql://db/medoid?client_encoding=LATIN1", 'the parameter "client_encoding"'],
  ["postgresql://db/medoid?__proto__=1", 'the parameter "__proto__"'],
  ["postgresql://db/medoid?password=a&QZ7=1", "has a parameter that Medoid does not understand"],
])("%j is refused, and the part that is not understood is named: %s", (url, reason) => {
  const message = refusal(url, "--from");
  expect(message).toMatch(/^--from /);
  expect(message).toContain(reason);
  expect(message).not.toContain("QZ7");
});

test("everything that a PostgreSQL URL specifies is read once, for all connections", () => {
  expect(
    serverAddress(
      "postgresql://us%40er:p%2Fw%25@[::1]:5433/my%2Fdb?application_name=a+b&connect_timeout=7&options=-c%20work_mem%3D8MB&sslmode=no-verify&schema=public",
    ),
  ).toEqual({
    host: "::1",
    port: 5433,
    user: "us@er",
    password: "p/w%",
    database: "my/db",
    ssl: { rejectUnauthorized: false },
    applicationName: "a+b",
    connectSeconds: 7,
    options: "-c work_mem=8MB",
  });
  expect(serverAddress("postgres:///medoid?host=/var/run/postgresql&user=me&password=a%26b")).toMatchObject({
    host: "/var/run/postgresql",
    user: "me",
    password: "a&b",
    database: "medoid",
  });
});

/** Letters that occur in no message, mixed with every character that has a meaning in a URL. */
const secret = fc
  .array(fc.constantFrom(..."QZ7", ...`@/:#%?&=+;,[]\\ "'<>^|é`), { minLength: 3, maxLength: 12 })
  .map((characters) => characters.join(""))
  .filter((password) => /[QZ7]/.test(password));

test("no password is in a message, whatever its characters and its place in the URL, and an escaped one is read in full", () => {
  fc.assert(
    fc.property(secret, (password) => {
      const escaped = encodeURIComponent(password);
      const urls = [
        `postgresql://me:${escaped}@db:5432/medoid`,
        `postgresql://db/medoid?password=${escaped}`,
      ];
      for (const url of urls) {
        expect(serverAddress(url).password).toBe(password);
        expect(withoutPassword(url)).not.toMatch(/[QZ7]/);
      }
      for (const url of [
        `postgresql://me:${password}@db:5432/medoid`,
        `postgresql://db/medoid?password=${password}`,
        `postgresql://db/medoid?password=${password}&sslmode=disable`,
        `postgresql:me:${password}@db/medoid`,
        `postgresql//me:${password}@db/medoid`,
        `me:${password}@db/medoid`,
        `mysql://me:${password}@db/medoid`,
        `file://me:${password}@db/medoid`,
      ]) {
        expect(refusal(url)).not.toMatch(/[QZ7]/);
      }
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["file:medoid.db", "file:medoid.db"],
  ["postgresql://medoid@db/medoid", "postgresql://medoid@db/medoid"],
  ["postgresql://medoid:secret@db/medoid", "postgresql://medoid@db/medoid"],
  ["postgresql://db/medoid?user=medoid&password=secret", "postgresql://db/medoid?user=medoid"],
])("%s is shown as %s", (url, shown) => {
  expect(withoutPassword(url)).toBe(shown);
});
