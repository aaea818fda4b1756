import { expect, test } from "vitest";
import { databaseKindOf, withoutPassword } from "../../src/database/databaseUrl.js";

test.each([
  ["file:medoid.db", "sqlite"],
  ["file:///data/medoid.db", "sqlite"],
  ["postgresql://localhost/medoid", "postgresql"],
  ["postgres://medoid:secret@db:5432/medoid?sslmode=require", "postgresql"],
])("%s is a database of the kind %s", (url, kind) => {
  expect(databaseKindOf(url)).toBe(kind);
});

test.each(["", "file:", "medoid.db", "mysql://localhost/medoid", "postgresql:medoid", "libsql://host"])(
  "%j is refused, and named",
  (url) => {
    expect(() => databaseKindOf(url)).toThrow(
      `must start with "file:" and name a file, or with "postgresql://" and name a database, not ${JSON.stringify(url)}`,
    );
  },
);

test("a URL that is not valid is refused without telling its password", () => {
  expect(() => databaseKindOf("postgresql://medoid:se%cret@db:port/medoid")).toThrow(
    /^(?!.*cret).*is no valid URL/,
  );
});

test.each([
  ["file:medoid.db", "file:medoid.db"],
  ["postgresql://medoid@db/medoid", "postgresql://medoid@db/medoid"],
  ["postgresql://medoid:secret@db/medoid", "postgresql://medoid@db/medoid"],
  ["postgresql://db/medoid?user=medoid&password=secret", "postgresql://db/medoid?user=medoid"],
  ["postgresql://medoid:se%cret@db:port/medoid", "postgresql://…@db:port/medoid"],
])("%s is shown as %s", (url, shown) => {
  expect(withoutPassword(url)).toBe(shown);
});
