import { afterEach, beforeEach, expect, test } from "vitest";
import { createLogger } from "../../src/runtime/logger.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";

let temporary: TemporaryApp;
beforeEach(async () => {
  temporary = await openTemporaryApp();
});
afterEach(() => temporary.close());

test("an error of a thread is logged in a short line that names the modules of its stack", async () => {
  const { bulk } = temporary.app.database;
  const error = await bulk.recordRuns([{ network: null }] as never).catch((thrown: unknown) => thrown);
  let line = "";
  const write = (text: string) => {
    line += text;
  };
  createLogger("error", { write }).error({ err: error });
  expect(JSON.parse(line).err.stack).toMatch(/\(medoid:databaseTasks\.bundle\.js:\d+:\d+\)/);
  expect(line.length).toBeLessThan(4000);
});
