// Runs a command with a separate PostgreSQL server, which is removed afterwards:
//   node test/postgres/withPostgres.js COMMAND [ARGUMENT …]
// The command finds the server's URL in MEDOID_TEST_DATABASE_URL.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { startPostgres } from "./postgresServer.js";

const [command, ...args] = process.argv.slice(2);
if (!command) {
  console.error("usage: node test/postgres/withPostgres.js COMMAND [ARGUMENT …]");
  process.exit(2);
}
const endMilliseconds = 10_000;
const server = await startPostgres();
const child = spawn(command, args, {
  stdio: "inherit",
  env: { ...process.env, MEDOID_TEST_DATABASE_URL: server.url },
});
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    child.kill(signal);
    // A command that hangs may ignore the signal, and the server is stopped only with this process.
    setTimeout(() => child.kill("SIGKILL"), endMilliseconds).unref();
  });
}
try {
  const [code] = await once(child, "exit");
  process.exitCode = code ?? 1;
} catch (error) {
  console.error(`${command} cannot be run: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await server.remove();
}
