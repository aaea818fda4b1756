import { expect, test } from "vitest";
import { expectLinearTime } from "./linearTime.js";

/** Spaces that are not at the end. */
const spaces = (length: number) => `${" ".repeat(length)}x`;

test("quadratic time is found, however often it is measured", async () => {
  let calls = 0;
  const search = expectLinearTime(spaces, 2_400, (text) => {
    calls++;
    return text.replace(/ +$/, ""); // begins anew at each space
  });
  await expect(search).rejects.toThrow(/^the time: \d+ times as long for 16 times the length/);
  expect(calls).toBeGreaterThan(500);
});

test("linear time passes, even if most measurements are disturbed", async () => {
  let disturbed = 0;
  await expectLinearTime(spaces, 320_000, (text) => {
    if (text.length > 100_000 && disturbed < 10) {
      disturbed++;
      spaces(6_000).replace(/ +$/, "");
    }
    return text.split("");
  });
  expect(disturbed).toBe(10);
});
