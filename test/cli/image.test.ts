import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addImageCommand } from "../../src/cli/commands/image.js";
import { type Fixture, id, openFixture, uuid, writeRuns } from "../fixtures.js";
import { commandOutput } from "./commandOutput.js";

let fixture: Fixture;
let folder: string;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture);
  await fixture.prisma.invocation.update({
    where: { id: uuid("Invocation", 2) },
    data: { externalId: "row 2" },
  });
});
afterAll(() => fixture.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "medoid-image-"));
  return () => rmSync(folder, { recursive: true });
});

/** What the command prints to standard output and to standard error. */
async function image(...args: string[]): Promise<{ out: string; err: string }> {
  let err = "";
  const stderr = new Writable({
    write(chunk, _, done) {
      err += chunk;
      done();
    },
  });
  const out = await commandOutput(fixture, addImageCommand, ["image", ...args], { stderr });
  return { out, err };
}

describe("medoid image", () => {
  test.each([
    ["its id", id("Invocation", 2)],
    ["its bare id", uuid("Invocation", 2)],
    ["its external id", "row 2"],
  ])("writes the bytes to standard output, and what they are to standard error, by %s", async (_, given) => {
    expect(await image(given)).toEqual({ out: '<svg id="2"/>', err: "image/svg+xml, 13 bytes\n" });
  });

  test("writes a file", async () => {
    const path = join(folder, "a.svg");
    expect(await image(uuid("Invocation", 4), "--out", path)).toEqual({
      out: "",
      err: `image/svg+xml, 13 bytes in ${path}\n`,
    });
    expect(readFileSync(path, "utf8")).toBe('<svg id="4"/>');
    expect(readdirSync(folder)).toEqual(["a.svg"]);
  });

  test("refuses to write bytes to a terminal", async () => {
    const stdout = Object.assign(new Writable({ write: (_, __, done) => done() }), { isTTY: true });
    const refused = commandOutput(fixture, addImageCommand, ["image", uuid("Invocation", 2)], { stdout });
    await expect(refused).rejects.toThrow("An image is not text for a terminal. Add --out FILE");
  });

  test.each([
    [
      "an output that is a text",
      [id("Invocation", 3)],
      `There is no image of ${id("Invocation", 3)}: its output is a text.`,
    ],
    [
      "an unknown id",
      [uuid("Invocation", 999)],
      `No invocation has the id or external id "${uuid("Invocation", 999)}".`,
    ],
    ["the id of a run", [id("Run", 0)], "ID must be that of one of the types Invocation, or an external id"],
    ["an unknown external id", ["row 3"], 'No invocation has the id or external id "row 3".'],
  ])("given %s, writes nothing", async (_, args, message) => {
    await expect(image(...args, "--out", join(folder, "a.svg"))).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual([]);
  });
});
