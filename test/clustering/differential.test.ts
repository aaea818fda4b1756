import { it } from "vitest";
import { expectReferenceOnRandomInputs } from "./randomInputs.js";

// differential.slow.ts has ten times as many.
it("200 random inputs of every magnitude, with ties and copies, are clustered as by the reference", async () => {
  await expectReferenceOnRandomInputs(200, 2);
});
