import type { InvalidClusteringInputError } from "../../clustering/index.js";
import { type InputIssue, quotedValue } from "../errors.js";

/**
 * Reports the engine's errors about parameters, which are fields of the input, as issues.
 * @returns whether there are none
 */
export function reportFaults(faults: readonly InvalidClusteringInputError[], issues: InputIssue[]): boolean {
  for (const { field, message, value } of faults) {
    // The path already names the field.
    const expected = `${message.replace(`${field} `, "")}.`;
    issues.push({ path: ["input", ...field.split(".")], message: expected, value: quotedValue(value) });
  }
  return faults.length === 0;
}
