import pg from "pg";
import { expect, test } from "vitest";
import { asUnavailable, DatabaseUnavailableError } from "../../src/database/errors/databaseUnavailable.js";
import { isBusy } from "../../src/database/errors/retryWhenBusy.js";
import { whenAvailable } from "../../src/database/errors/whenAvailable.js";
import { postgresPrismaClient } from "../../src/database/postgres/prismaClient.js";

/** An error that PostgreSQL sends. */
const ofServer = (code: string) =>
  Object.assign(new pg.DatabaseError(`as PostgreSQL words ${code}`, 1, "error"), { code, severity: "FATAL" });
/** An error of a socket. */
const ofSocket = (syscall: string, code: string) =>
  Object.assign(new Error(`${syscall} ${code} 127.0.0.1:5432`), { code, errno: -1, syscall });

/** The error that a pool has. */
let failure: Error;
const pool = new pg.Pool();
const fail = () => Promise.reject(failure);
Object.assign(pool, { query: fail, connect: fail });
const prisma = postgresPrismaClient(pool, () => {});
const ways = {
  "a read": () => prisma.run.findMany(),
  "a write": () => prisma.run.deleteMany(),
  "a read written by hand": () => prisma.$queryRaw`SELECT 1`,
  "a write written by hand": () => prisma.$executeRaw`DELETE FROM "Run"`,
  "a transaction": () => prisma.$transaction([prisma.run.findMany()]),
  "a transaction by a function": () => prisma.$transaction((transaction) => transaction.run.findMany()),
};
/** The error of each way to use the database. */
async function errorsOf(thrown: Error): Promise<[string, unknown][]> {
  failure = thrown;
  return Promise.all(
    Object.entries(ways).map(async ([way, use]) => [
      way,
      await use().then(
        () => "no error",
        (error: unknown) => error,
      ),
    ]),
  );
}

test.each([
  ...["08000", "08003", "08006", "08P01", "57P01", "57P02", "57P03", "57P04", "57P05", "25P03"],
  ...["53000", "53100", "53200", "53300", "53400", "58000", "58030", "57014"],
  ...["42P01", "42703", "3F000", "25006", "42501"],
])("SQLSTATE %s tells that the database is unavailable, whatever Prisma makes of it", async (code) => {
  for (const [way, error] of await errorsOf(ofServer(code))) {
    expect(asUnavailable(error), way).toBeInstanceOf(DatabaseUnavailableError);
  }
});

test.each(
  [
    ...["ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN", "EHOSTDOWN"],
    ...["EADDRNOTAVAIL", "EMFILE", "ENOENT", "EACCES"],
  ]
    .map((code) => ["connect", code])
    .concat([
      ["getaddrinfo", "ENOTFOUND"],
      ["getaddrinfo", "EAI_AGAIN"],
      ["read", "ECONNRESET"],
      ["read", "ETIMEDOUT"],
      ["read", "ENETRESET"],
      ["write", "EPIPE"],
    ]),
)("%s %s tells that the database is unavailable", async (syscall, code) => {
  for (const [way, error] of await errorsOf(ofSocket(syscall, code))) {
    expect(asUnavailable(error), way).toBeInstanceOf(DatabaseUnavailableError);
    // Whether a write took effect is unknown, so that it must not be retried like one that was rejected.
    expect(isBusy(error), way).toBe(false);
  }
});

test.each([
  ["57014", true],
  ["53200", true],
  ["53400", true],
  ["53300", false],
  ["57P01", false],
  ["58030", false],
])("SQLSTATE %s: whether the same work is likely to fail again is %s", async (code, recurs) => {
  const unavailable = asUnavailable(ofServer(code)) as DatabaseUnavailableError;
  expect(unavailable.recurs).toBe(recurs);
  let attempts = 0;
  const work = async () => {
    if (attempts++ > 0) return "done";
    throw unavailable;
  };
  const retried = whenAvailable(work, new AbortController().signal, () => {});
  await (recurs ? expect(retried).rejects.toBe(unavailable) : expect(retried).resolves.toBe("done"));
});

test.each(["22012", "23505", "XX000", "42601"])("SQLSTATE %s is about the statement", async (code) => {
  for (const [way, error] of await errorsOf(ofServer(code))) {
    expect(asUnavailable(error), way).toBe(error);
    expect(isBusy(error), way).toBe(false);
  }
});

test.each(["40001", "40P01"])("SQLSTATE %s lets the write be retried", async (code) => {
  for (const [way, error] of await errorsOf(ofServer(code))) expect(isBusy(error), way).toBe(true);
});
