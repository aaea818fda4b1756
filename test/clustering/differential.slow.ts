import { it } from "vitest";
import { expectReferenceOnRandomInputs } from "./randomInputs.js";

/** The number of random inputs; for a run overnight use about 10⁵. CONTRIBUTING.md has the command. */
const CASES = Number(process.env.FUZZ_CASES ?? 2_000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

it(`${CASES} random inputs of every magnitude, with ties and copies, are clustered as by the reference`, {
  timeout: 0,
}, async () => {
  await expectReferenceOnRandomInputs(CASES, SEED);
});
