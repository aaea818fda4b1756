import { describe, it } from "vitest";
import { inlineGoldenCases, sharedGoldenCase, sharedIsHere } from "./goldenCases.js";
import { expectSameInAnyOrder } from "./permutedRows.js";

// golden.slow.ts has more orders.
describe("a permutation of the rows permutes the result and changes nothing else", () => {
  it.each(inlineGoldenCases.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    await expectSameInAnyOrder(golden, 3);
  });

  it.skipIf(!sharedIsHere)("wordnet-2000-raw", async () => {
    await expectSameInAnyOrder(sharedGoldenCase("wordnet-2000-raw"), 1);
  });
});
