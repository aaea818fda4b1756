import { describe, it } from "vitest";
import { expectReferenceOnSmallInputs, smallInputs } from "./smallInputs.js";

describe("many small cases against a plain reference", () => {
  it.each(smallInputs.map((inputs) => [inputs.name, inputs] as const))("%s", (_, inputs) => {
    expectReferenceOnSmallInputs(inputs, 1, inputs.cases);
  });
});
