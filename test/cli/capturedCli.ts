import { Readable, Writable } from "node:stream";
import type { Cli } from "../../src/cli/cli.js";
import { shellWord } from "../../src/runtime/shellWord.js";
import type { TemporaryApp } from "../temporaryApp.js";

/**
 * What a command needs to run without a process of its own: the database of a test, and streams that capture its
 * output.
 */
export function capturedCli(
  temporary: Pick<TemporaryApp, "databaseUrl" | "openAnother">,
  options: Pick<Partial<Cli>, "stdin" | "signal" | "progressBar"> = {},
): { cli: Cli; printed(): string } {
  let printed = "";
  const stdout = new Writable({
    write(chunk, _, done) {
      printed += chunk;
      done();
    },
  });
  const cli: Cli = {
    databaseUrl: temporary.databaseUrl,
    open: () => temporary.openAnother(),
    stdin: Readable.from([]),
    stdout,
    stderr: stdout,
    isTerminal: false,
    signal: new AbortController().signal,
    progressBar: () => ({ update() {}, stop() {} }),
    command: (...words) => ["medoid", ...words.map(shellWord)].join(" "),
    ...options,
  };
  return { cli, printed: () => printed };
}
