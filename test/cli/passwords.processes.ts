import { existsSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { resolve } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { withoutPasswords } from "../../src/cli/withoutPasswords.js";
import { runMedoid, spawnMedoid } from "./runMedoid.js";

/** Its capital letters occur in nothing else that is printed. */
const password = "XQ/Z@X";
const escaped = encodeURIComponent(password);
const hidden = /[QX]Z|XQ|ZX|Z@|%2FZ/;

/** Accepts connections, and never replies. */
async function silentServer() {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** Its characters occur in no other text here. */
const secret = fc
  .string({
    unit: fc.constantFrom(..."QZX79@:/ [?#%&=\"'\\{é"),
    minLength: 3,
    maxLength: 12,
  })
  .filter((each) => /[QZX79]{2}/.test(each));
const urls: ((password: string) => string)[] = [
  (password) => `postgresql://me:${password}@db:5432/medoid`,
  (password) => `postgresql://me:${encodeURIComponent(password)}@db:5432/medoid`,
  (password) => `postgresql://:${password}@db/medoid`,
  (password) => `postgres:me:${password}@db/medoid`,
  (password) => `me:${password}@db/medoid`,
  (password) => `postgresql//me:${password}@db/medoid`,
  (password) => `--url=postgresql://me:${password}@[::1]/medoid`,
  (password) => `https://me:${password}@db`,
  (password) => `postgresql://db/medoid?user=me&password=${password}`,
  (password) => `postgresql://me:${password}@db/medoid?password=${password}`,
];
const messages: ((given: string) => string)[] = [
  (given) => `error: unknown command '${given}'\nAdd --help to see the options.`,
  (given) => `error: option '--port <n>' argument '${given}' is invalid. It must be from 0 to 65535.`,
  (given) => `${JSON.stringify(given)}: is no id, ${JSON.stringify(given)}`,
  (given) => `ENOENT: no such file, open '${resolve(given)}'`,
  (given) => `There is none: "${given.slice(0, 30)}…"`,
];

test("no part of a password is shown, whatever characters it has and wherever a message repeats its URL", () => {
  fc.assert(
    fc.property(secret, fc.constantFrom(...urls), fc.constantFrom(...messages), (password, url, message) => {
      const given = url(password);
      const shown = withoutPasswords(message(given), ["models", given]);
      for (let i = 0; i + 3 <= password.length; i++) {
        const part = password.slice(i, i + 3);
        if (/[QZX79]/.test(part)) expect(shown).not.toContain(part);
      }
    }),
    { numRuns: 3000 },
  );
});

test.each([
  'The database postgresql://me@db:5432/medoid cannot be opened: password authentication failed for user "me". "@" as %40, "%" as %25',
  "The database postgresql://me@[::1]/medoid cannot be opened: connect ECONNREFUSED ::1:5432",
  "The database file:./a@b.db cannot be opened: /x/a@b.db is a directory",
])("text that is not a password is left unchanged: %s", (message) => {
  const given = ["postgresql://me:db@db:5432/medoid", "postgresql://me:1@[::1]/medoid", "file:./a@b.db"];
  expect(withoutPasswords(message, given)).toBe(message);
});

test("a given URL is shown without its password, and otherwise unchanged", () => {
  const given = "postgresql://me:XQ/Z@X@db:5432/medoid";
  expect(withoutPasswords(`unknown command '${given}' at "@"`, [given])).toBe(
    `unknown command 'postgresql://me:…@db:5432/medoid' at "@"`,
  );
});

test("a command shows no part of the password, wherever its URL was given", async () => {
  const unescaped = `postgresql://me:${password}@127.0.0.1:1/medoid`;
  const valid = `postgresql://me:${escaped}@127.0.0.1:1/medoid`;
  const cases: [url: string, args: string[], code: number][] = [
    [valid, ["--help"], 0],
    [valid, ["models"], 1],
    [unescaped, ["models"], 2],
    [valid, ["migrate", "--check"], 1],
    ["file:./m.db", ["copy", "--from", valid, "--to", unescaped], 2],
    ["file:./m.db", ["copy", "--from", valid, "--to", "file:/nowhere/m.db"], 1],
    ["file:./m.db", [unescaped], 2],
    ["file:./m.db", [`--database=${valid}`, "models"], 2],
    ["file:./m.db", ["models", unescaped], 2],
    ["file:./m.db", ["import", unescaped], 1],
    ["file:./m.db", ["show", unescaped], 2],
    ["file:./m.db", ["serve", "--port", unescaped], 2],
  ];
  for (const [url, args, code] of cases) {
    const ended = await runMedoid(url, ...args);
    expect([ended.code, args]).toEqual([code, args]);
    expect(ended.stdout + ended.stderr).not.toMatch(hidden);
  }
});

test.runIf(existsSync("/proc/self/cmdline"))(
  "other users see a command's name, but not its arguments",
  async () => {
    const server = await silentServer();
    const child = spawnMedoid(
      "file:./m.db",
      "models",
      "--database-url",
      `postgresql://me:${escaped}@127.0.0.1:${server.port}/medoid`,
    );
    const title = () => readFileSync(`/proc/${child.pid}/cmdline`, "utf8").replaceAll("\0", "").trim();
    await expect.poll(title, { timeout: 20_000 }).toBe("medoid models");
    child.kill("SIGKILL");
    await child.finished;
    server.close();
  },
);
