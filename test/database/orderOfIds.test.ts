import { expect, test } from "vitest";
import { readUuid, writeUuid } from "../../src/database/copyFormat/uuidBytes.js";
import { orderOfIds } from "../../src/database/sqlite/orderOfIds.js";
import { random } from "../clustering/shuffled.js";

test("ids are sorted as their texts are, whatever bytes they have, and equal ones stay", () => {
  const next = random(3);
  const bytes = Uint8Array.from({ length: 16 * 500 }, () =>
    next() < 0.5 ? 255 * Math.round(next()) : 256 * next(),
  );
  bytes.copyWithin(16, 0, 16);
  const texts = Array.from({ length: 500 }, (_, n) => readUuid(bytes, 16 * n));
  expect(Array.from(orderOfIds(bytes), (n) => texts[n])).toEqual(texts.toSorted());
  expect(orderOfIds(bytes.subarray(0, 32))).toEqual(Int32Array.of(0, 1));
  expect(orderOfIds(new Uint8Array()).length).toBe(0);
  for (const text of texts) {
    const written = new Uint8Array(20);
    writeUuid(text.toUpperCase(), written, 2);
    expect(readUuid(written, 2)).toBe(text);
    writeUuid(text.replaceAll("-", ""), written, 3);
    expect(readUuid(written, 3)).toBe(text);
  }
});
