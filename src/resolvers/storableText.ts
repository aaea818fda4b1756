import { unstorable } from "../database/recording/unstorable.js";
import { type InputIssue, InvalidInputError, quotedValue } from "./errors.js";
import { RequestError } from "./requestError.js";

/**
 * Reports each text, in nested lists too, that databases cannot store and that can therefore be compared with
 * nothing.
 */
export function refuseUnstorable(
  values: readonly unknown[] | string | null | undefined,
  path: string[],
  issues: InputIssue[],
): void {
  if (typeof values === "string") {
    const message = unstorable(values);
    if (message) issues.push({ path, message, value: quotedValue(values) });
  } else {
    values?.forEach((value, i) => {
      refuseUnstorable(value as string | unknown[], [...path, String(i)], issues);
    });
  }
}

/** @throws RequestError if an argument has a text that databases cannot store */
export function requireStorable(
  values: readonly unknown[] | string | null | undefined,
  path: string[],
): void {
  const issues: InputIssue[] = [];
  refuseUnstorable(values, path, issues);
  if (issues.length > 0) throw new RequestError(new InvalidInputError(issues));
}
