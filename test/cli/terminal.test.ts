import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addImportCommand } from "../../src/cli/commands/import.js";
import { addKeysCommand } from "../../src/cli/commands/keys.js";
import { addModelsCommand } from "../../src/cli/commands/models.js";
import { printable } from "../../src/cli/output/printable.js";
import { formatWalk } from "../../src/cli/output/walk.js";
import { ArgumentError } from "../../src/cli/process.js";
import { panicTdaContent, writePanicTda } from "../import/panicTdaFixture.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";
import { capturedCli } from "./capturedCli.js";
import { obeyed } from "./obeyedByTerminals.js";
import { walkedCluster, walkOf } from "./walkData.js";

let folder: string;
let temporary: TemporaryApp;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "medoid-terminal-"));
  temporary = await openTemporaryApp();
});
afterAll(async () => {
  await temporary.close();
  rmSync(folder, { recursive: true });
});

const hostile = "\u001b[31m\u001b]0;title\u0007\u009b2J\u007f\u202e\r\u0001";
const escaped = "\\u001b[31m\\u001b]0;title\\u0007\\u009b2J\\u007f\\u202e\\u000d\\u0001";

async function run(...args: string[]): Promise<string> {
  const { cli, printed } = capturedCli(temporary);
  const program = new Command().exitOverride();
  for (const add of [addImportCommand, addKeysCommand, addModelsCommand]) add(program, () => cli);
  await program.parseAsync(args, { from: "user" });
  return printed();
}

test("control characters of recorded texts and ids are printed escaped", async () => {
  const content = panicTdaContent(1, 2);
  content.runs.push({ id: `${hostile}\0` });
  content.embeddings[0].embedding_model = `model ${hostile}`;
  const path = join(folder, "hostile.sqlite");
  writePanicTda(path, content).close();
  await run("keys", "create", `key ${hostile}`);
  const outputs = [await run("import", path), await run("models"), await run("keys", "list")];
  for (const output of outputs) {
    expect(output).toContain(escaped);
    expect(output).not.toMatch(obeyed);
  }
  expect(outputs[0]).toContain(`${escaped}\\u0000`);
});

test("the walk prints the texts of runs escaped", () => {
  const run = { id: "1", network: [hostile], initialPrompt: hostile, invocationCount: 2 };
  const cluster = walkedCluster({
    medoidText: hostile,
    topTexts: [{ text: hostile, count: 3 }],
    composition: [{ value: hostile, count: 3, share: 1, lift: 2 }],
    medoidInvocation: {
      id: "4",
      externalId: hostile,
      model: hostile,
      sequenceNumber: 1,
      outputImage: null,
      run,
      input: { id: "5", model: hostile, outputText: hostile, outputImage: null },
    },
  });
  const text = formatWalk(
    walkOf([cluster], {
      embeddingModel: { name: hostile },
      parameters: { metric: hostile },
      filter: { ...walkOf([]).filter, networks: [[hostile]], initialPrompts: [hostile], models: [hostile] },
      engineVersion: hostile,
      failure: { code: "1", message: hostile },
    }),
    300,
    () => "",
  );
  expect(text).not.toMatch(obeyed);
  expect(text).toContain(`"${printable(JSON.stringify(hostile)).slice(1)}`);
  expect(text).toContain(`step 1 by ${escaped.slice(0, 30)}`);
});

test("a key name that was not UTF-8 is refused, and no key is created", async () => {
  const before = await temporary.app.database.prisma.apiKey.count();
  const refused = run("keys", "create", "caf\ufffd"); // as Node decodes the byte E9
  await expect(refused).rejects.toThrow(ArgumentError);
  await expect(refused).rejects.toThrow("NAME must be UTF-8");
  expect(await temporary.app.database.prisma.apiKey.count()).toBe(before);
});
