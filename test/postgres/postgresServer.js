// A separate PostgreSQL server for tests: private, in a temporary folder, on a free port of the loopback interface.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

const debianFolder = "/usr/lib/postgresql";
const oldestVersion = 15;
const startMilliseconds = 30_000;

/** These databases need not survive a crash of the machine. */
const forTests = [
  ...["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum_naptime=5s"],
  "max_connections=400", // the fault tests start dozens of processes at a time
];

/**
 * @typedef {object} PostgresServer
 * @property {string} url of the database "postgres", as a role that may do anything
 * @property {number} port
 * @property {string} folder
 * @property {() => number | undefined} pid of the postmaster, while it runs
 * @property {() => Promise<void>} start again, after it was stopped: on the same port, with the same data
 * @property {(mode?: "smart" | "fast" | "immediate") => Promise<void>} stop
 * @property {() => Promise<void>} remove stops it, and removes its folder
 */

/**
 * @param {{ port?: number, settings?: string[] }} [options] settings: further lines of postgresql.conf, as "name=value"
 * @returns {Promise<PostgresServer>}
 */
export async function startPostgres({ port, settings = [] } = {}) {
  const bin = binaries();
  const owner = unprivilegedUser();
  const folder = mkdtempSync(join(tmpdir(), "medoid-postgres-"));
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  const usedPort = port ?? (await freePort());
  // The schema defines the order of text itself (COLLATE "C"): a server with another locale shows where that is
  // missing.
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"];
  const create = ["-D", data, "--auth=trust", "--username=postgres", "--no-sync", ...locale];
  const environment = { PATH: process.env.PATH, LC_ALL: "C" };
  execFileSync(join(bin, "initdb"), create, {
    ...owner,
    cwd: folder,
    env: environment,
    stdio: ["ignore", "ignore", 2],
  });

  /** @type {import("node:child_process").ChildProcess | undefined} */
  let server;
  const url = `postgresql://postgres@127.0.0.1:${usedPort}/postgres`;

  async function start() {
    const options = [...forTests, ...settings].flatMap((setting) => ["-c", setting]);
    const where = ["-D", data, "-p", String(usedPort), "-h", "127.0.0.1", "-k", folder];
    const started = spawn(join(bin, "postgres"), [...where, ...options], {
      ...owner,
      cwd: folder,
      env: environment,
      // In a process group of its own, so that interrupting the tests leaves time to stop their server.
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    started.stderr.on("data", (chunk) => {
      log = (log + chunk).slice(-20_000);
    });
    server = started;
    started.once("exit", () => {
      if (server === started) server = undefined;
    });
    const giveUpAt = Date.now() + startMilliseconds;
    while (!(await acceptsConnections(url))) {
      if (!server || Date.now() > giveUpAt) {
        started.kill("SIGQUIT");
        throw new Error(`PostgreSQL did not start:\n${log}`);
      }
      await delay(50);
    }
  }

  /** @param {"smart" | "fast" | "immediate"} mode */
  async function stop(mode = "fast") {
    if (!server) return;
    const exited = once(server, "exit");
    server.kill(
      {
        smart: /** @type {const} */ ("SIGTERM"),
        fast: /** @type {const} */ ("SIGINT"),
        immediate: /** @type {const} */ ("SIGQUIT"),
      }[mode],
    );
    await exited;
  }

  await start();
  return {
    url,
    port: usedPort,
    folder,
    pid: () => server?.pid,
    start,
    stop,
    async remove() {
      await stop("immediate");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The folder of initdb and postgres: from the path, or from Debian's newest package. */
export function binaries() {
  const versions = existsSync(debianFolder)
    ? readdirSync(debianFolder).filter((name) => Number(name) >= oldestVersion)
    : [];
  versions.sort((a, b) => Number(b) - Number(a));
  const folders = [
    ...versions.map((version) => join(debianFolder, version, "bin")),
    ...(process.env.PATH ?? "").split(delimiter),
  ];
  const found = folders.find(
    (folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")),
  );
  if (!found) {
    throw new Error(`PostgreSQL ${oldestVersion} or later is not installed: apt-get install postgresql`);
  }
  return found;
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser() {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = ["postgres", "nobody"].map((name) => users.find((each) => each[0] === name)).find(Boolean);
  if (!user) throw new Error("PostgreSQL needs a user to run as, but neither postgres nor nobody exists.");
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/** @param {string} url */
async function acceptsConnections(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    client.end().catch(() => {});
  }
}
