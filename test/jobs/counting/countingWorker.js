// A process that computes clusterings and runs counting jobs: node countingWorker.js, with DATABASE_URL in its
// environment.
import { openApp } from "../../../dist/app.js";
import { createCountingHandler } from "./countingHandler.js";

const app = await openApp({
  databaseUrl: process.env.DATABASE_URL,
  handlers: (database) => [createCountingHandler(database)],
});
await app.queue.start();
console.log("takes up jobs");
process.once("SIGTERM", () => app.close());
