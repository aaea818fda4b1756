import { describe, expect, it } from "vitest";
import { resolveParameters } from "../../src/clustering/index.js";
import { goldenPoints, inlineGoldenCases, sharedGoldenCase, sharedIsHere } from "./goldenCases.js";
import { referenceHdbscan, worstDifference } from "./reference.js";
import { expectReferenceOnSmallInputs, smallInputs } from "./smallInputs.js";

const golden = [
  ...inlineGoldenCases,
  // The cases beside the checkout, if they are there, may be newer.
  ...(sharedIsHere ? inlineGoldenCases.map(({ name }) => sharedGoldenCase(name)) : []),
];

describe("the plain reference itself", () => {
  it.each(golden.map((each) => [each.name, each] as const))("has the golden result of %s", (_, each) => {
    const { data, dimensions } = goldenPoints(each);
    const result = referenceHdbscan(data, dimensions, resolveParameters(each.parameters));
    const { expected } = each;
    expect(result.labels).toEqual(expected.labels);
    expect(result.sizes).toEqual(expected.sizes);
    expect(result.medoids).toEqual(expected.medoids);
    for (const field of ["probabilities", "outlierScores", "persistence"] as const) {
      expect(worstDifference(result[field], expected[field]), field).toBeLessThan(1e-11);
    }
    const { treeWeight } = expected;
    expect(Math.abs(result.treeWeight - treeWeight)).toBeLessThanOrEqual(1e-12 * treeWeight);
  });
});

// smallInputs.slow.ts has ten times as many of each kind.
describe("small cases against a plain reference", () => {
  it.each(smallInputs.map((inputs) => [inputs.name, inputs] as const))("%s", (_, inputs) => {
    expectReferenceOnSmallInputs(inputs, 1, Math.ceil(inputs.cases / 10));
  });
});
