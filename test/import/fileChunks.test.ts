import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileChunks } from "../../src/import/fileChunks.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "medoid-chunks-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What is read from a compressed file of these parts. */
async function unpacked(...parts: Buffer[]): Promise<Buffer> {
  const path = join(folder, "file.gz");
  writeFileSync(path, Buffer.concat(parts));
  const chunks: Buffer[] = [];
  for await (const { bytes } of fileChunks(path, true)) chunks.push(bytes);
  return Buffer.concat(chunks);
}

/** Longer than a chunk, whether it is compressed or not. */
const long = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at * 31) >> 5));
const nuls = (length: number) => Buffer.alloc(length);
const garbage = Buffer.from("garbage");
const refused = { code: "Z_DATA_ERROR", message: expect.stringMatching(/other bytes follow/) };

test("several compressed parts are one file, which may be padded with NULs", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(long, Buffer.from("abc"), Buffer.alloc(0)), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(0, 1, 512, 600_000),
      async (texts, padding) => {
        const read = await unpacked(...texts.map((text) => gzipSync(text)), nuls(padding));
        expect(read.equals(Buffer.concat(texts))).toBe(true);
      },
    ),
    { numRuns: 20 },
  );
});

test.each([1, 4, 600_000])("what follows %i NULs is not ignored", async (padding) => {
  for (const start of [Buffer.from("abc"), long]) {
    await expect(unpacked(gzipSync(start), nuls(padding), garbage)).rejects.toMatchObject(refused);
    await expect(unpacked(gzipSync(start), nuls(padding), gzipSync("more"))).rejects.toMatchObject(refused);
  }
});

test("garbage and a file that is cut off are not taken for the end", async () => {
  await expect(unpacked(gzipSync(long), garbage)).rejects.toMatchObject({ code: "Z_DATA_ERROR" });
  await expect(unpacked(gzipSync(long).subarray(0, -9))).rejects.toMatchObject({ code: "Z_BUF_ERROR" });
});
