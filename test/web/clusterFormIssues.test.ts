import { expect, test } from "vitest";
import { formIssues } from "../../web/views/clusterFormIssues.js";
import { type FormValues, initialValues } from "../../web/views/clusterFormValues.js";

const values = initialValues("words");
const invalid = (path: string, message: string) => ({
  __typename: "InvalidInputError" as const,
  message: "The input is invalid.",
  issues: [{ path: ["input", ...path.split(".")], message }],
});
const tooFew = (available: number) => ({
  __typename: "NotEnoughEmbeddingsError" as const,
  message: "Too few match.",
  available,
});

test.each<[string, keyof FormValues]>([
  ["minClusterSize", "minClusterSize"],
  ["alpha", "alpha"],
  ["reduction.dimensions", "dimensions"],
  ["reduction", "reduction"],
  ["filter.sequenceNumber", "toStep"],
  ["filter.sequenceNumber.min", "toStep"],
  ["filter.runIds.1", "runIds"],
  ["filter.networks.0.1", "networks"],
])("what is wrong with %s of the input is said at the field %s", (path, field) => {
  const { fields, other } = formIssues(values, invalid(path, "must be another."));
  expect([...fields.keys()]).toEqual([field]);
  expect(fields.get(field)).toMatch(/^[A-Z].*\.$/);
  expect(fields.get(field)).not.toContain(path);
  expect(other).toBeNull();
});

test("the line of a run's id that is wrong is that of the field, whose blank lines count", () => {
  const runIds = "\nRun:1\n  \nnone\n";
  const { fields } = formIssues({ ...values, runIds }, invalid("filter.runIds.1", "must be an id."));
  expect(fields.get("runIds")).toBe("Line 4 is not the id of a run.");
});

test("an error that is of no field is said all the same", () => {
  expect(formIssues(values, invalid("somethingElse", "must be another."))).toEqual({
    fields: new Map(),
    other: "must be another.",
  });
});

test("too few embeddings are said at the field that asks for more", () => {
  const fieldsOf = (changed: Partial<FormValues>) => [
    ...formIssues({ ...values, ...changed }, tooFew(7)).fields.keys(),
  ];
  expect(fieldsOf({})).toEqual(["minClusterSize"]);
  expect(fieldsOf({ minClusterSize: "9", minSamples: "8" })).toEqual(["minClusterSize"]);
  expect(fieldsOf({ minClusterSize: "5", minSamples: "8" })).toEqual(["minSamples"]);
  for (const available of [0, 1]) {
    const { fields, other } = formIssues(values, tooFew(available));
    expect([fields.size, other]).toEqual([0, expect.stringMatching(/^(No|Only 1) embedding matches/)]);
  }
});

test("an unreadable number is said before anything that the server knows", () => {
  const { fields } = formIssues({ ...values, minSamples: "1.5" }, tooFew(7));
  expect([...fields.keys()]).toEqual(["minSamples"]);
});
