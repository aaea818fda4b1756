import { existsSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { runMedoid, spawnMedoid } from "./runMedoid.js";

/** Its capitals are in nothing that is printed. */
const password = "XQ/Z@X";
const escaped = encodeURIComponent(password);
const hidden = /[QX]Z|XQ|ZX|Z@|%2FZ/;

/** Accepts connections, and says what is on them to nobody. */
async function silentServer() {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

test("a command tells nothing of the password, wherever its URL was given", async () => {
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
    ["file:./m.db", ["serve", "--port", unescaped], 2],
  ];
  for (const [url, args, code] of cases) {
    const ended = await runMedoid(url, ...args);
    expect([ended.code, args]).toEqual([code, args]);
    expect(ended.stdout + ended.stderr).not.toMatch(hidden);
  }
});

test.runIf(existsSync("/proc/self/cmdline"))(
  "other users see a command's name, and not its arguments",
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
