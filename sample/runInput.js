import { createHash } from "node:crypto";
import { run } from "./network/run.js";

/** @import { Plan } from "./network/run.js" */

/**
 * An invocation as the API's InvocationInput; its id, input and embeddings are left out.
 *
 * @typedef {object} InvocationInput
 * @property {number} sequenceNumber
 * @property {string} model
 * @property {"TEXT" | "IMAGE"} type
 * @property {number} seed
 * @property {string} [outputText]
 * @property {{ mediaType: string, base64: string }} [outputImage]
 * @property {string} startedAt
 * @property {string} completedAt
 *
 * A run as the API's RunInput.
 *
 * @typedef {object} RunInput
 * @property {string} id
 * @property {string[]} network
 * @property {string} initialPrompt
 * @property {number} seed
 * @property {number} maxLength
 * @property {InvocationInput[]} invocations
 */

/** The clock of the sample, so that it is the same each time: milliseconds since 1970. */
const firstStart = Date.UTC(2025, 2, 3, 9);
const betweenRuns = 600_000;
const duration = { IMAGE: 4_000, TEXT: 1_500 };

/**
 * @param {Plan} plan
 * @param {number} number of the run in the experiment, from 0
 * @returns {RunInput}
 */
export function runInput(plan, number) {
  let clock = firstStart + number * betweenRuns;
  const id = uuid7(clock, JSON.stringify(plan));
  const invocations = run(plan).map(({ output, ...step }) => {
    const startedAt = new Date(clock).toISOString();
    clock += duration[step.type];
    const made =
      step.type === "TEXT"
        ? { outputText: output }
        : { outputImage: { mediaType: "image/svg+xml", base64: Buffer.from(output).toString("base64") } };
    return { ...step, ...made, startedAt, completedAt: new Date(clock).toISOString() };
  });
  const { painter, viewer, initialPrompt, seed, maxLength } = plan;
  return { id, network: [painter, viewer], initialPrompt, seed, maxLength, invocations };
}

/**
 * A UUID of version 7 (RFC 9562, 5.7) whose random bits come from a digest of `name`.
 *
 * @param {number} time milliseconds since 1970
 * @param {string} name
 */
function uuid7(time, name) {
  const bytes = createHash("sha256").update(name).digest().subarray(0, 16);
  bytes.writeUIntBE(time, 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = bytes.toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
