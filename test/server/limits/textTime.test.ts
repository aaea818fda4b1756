import { test } from "vitest";
import { imageMediaTypeOf } from "../../../src/database/recording/imageMediaType.js";
import { readMoment } from "../../../src/database/recording/moment.js";
import { unstorable } from "../../../src/database/recording/unstorable.js";
import { parseGlobalId, parseIdOf } from "../../../src/resolvers/globalId.js";
import { type RunInput, readRunInputs } from "../../../src/resolvers/recording/runInput.js";
import { withoutSuggestion } from "../../../src/server/limits/graphqlMessages.js";
import { mediaType } from "../../../src/server/requestParameters.js";
import { expectLinearTime } from "../../linearTime.js";

/** Fragments that may slow down a check: what it searches for, begins with, or must not find. */
const repeated = [
  ...[" ", "\n", "<", ">", "-", "=", "0", "a", ":", "/", "{", "[", "\0", "\ud800", '"', "\\", "é", "?"],
  ...[
    "<!--",
    "-->",
    "<!-- -->",
    "<?",
    "?>",
    "<??>",
    "<!DOCTYPE ",
    "<!DOCTYPE>",
    "<!DOCTYPE [",
    "<!DOCTYPE []>",
    "<!DOCTYPE [>",
    "]",
    "] ",
    "]>",
    "</svg",
    "</svg>",
    "<svg/>",
  ],
  ...["Did you mean ", "Did you mean ?", "0198c1b2-", "Run:", "A=", "+00:00", "2026-01-31T12:00:00."],
];
/** The text before and after: enough for a check to begin, or to continue to the end. */
const surroundings: [before: string, after: string][] = [
  ["", ""],
  ["", "!"],
  ["<svg>", "</svg>"],
  ["<svg>", "</svg"],
  ["<!--", "--><svg></svg>"],
  ["", "<svg/>"],
  ["<!DOCTYPE svg [", "]><svg></svg>"],
  ["<svg></svg>", ""],
  ["<svg></svg>", "x"],
  ["2026-01-31T12:00:00.", "Z"],
  ["Did you mean ", ""],
];

const run = (fields: object): RunInput =>
  ({
    id: "0198c1b2-0000-7000-8000-0000000000ab",
    network: ["m"],
    initialPrompt: "p",
    invocations: [],
    ...fields,
  }) as RunInput;
const invocation = (fields: object) =>
  run({ invocations: [{ sequenceNumber: 0, model: "m", type: "IMAGE", ...fields }] });
const base64 = (text: string) => Buffer.from(text).toString("base64");
const reading = (input: RunInput) => readRunInputs({ runs: [input] });

const checks: Record<string, (text: string) => unknown> = {
  "the type of an image": (text) => imageMediaTypeOf(Buffer.from(text)),
  "a moment": (text) => [readMoment(text), readMoment(text, { assumeUtc: true })],
  "a text to store": unstorable,
  "an id": (text) => [parseGlobalId(text), parseIdOf("Run", text)],
  "the message of an error": withoutSuggestion,
  "a Content-Type": (text) => [mediaType(text), mediaType(`application/json${text}`)],
  "a run's fields": (text) =>
    reading(run({ id: text, network: [text], initialPrompt: text, seed: text, maxLength: text })),
  "an invocation's fields": (text) =>
    reading(
      invocation({ id: text, model: text, seed: text, inputId: text, outputText: text, startedAt: text }),
    ),
  "an image's fields": (text) => [
    reading(invocation({ outputImage: { mediaType: "image/svg+xml", base64: base64(text) } })),
    reading(invocation({ outputImage: { mediaType: text, base64: text } })),
  ],
  "an embedding's fields": (text) =>
    reading(
      invocation({
        embeddings: [
          { id: text, embeddingModel: text, vector: { base64: text } },
          { embeddingModel: "m", vector: { base64: base64(text) } },
        ],
      }),
    ),
};

/**
 * Characters that are searched thousands at a time make a quadratic check slow only if there are many of them. A check
 * that reads whole images gets more of them.
 */
const mostCharacters = (name: string) => (name === "the type of an image" ? 256_000 : 32_000);

test.each(Object.keys(checks))("reads %s in a time that grows linearly with its length", async (name) => {
  for (const piece of repeated) {
    for (const [before, after] of surroundings) {
      await expectLinearTime(
        (length) => before + piece.repeat(Math.ceil(length / piece.length)) + after,
        mostCharacters(name),
        checks[name],
        `${JSON.stringify(piece)} within ${JSON.stringify([before, after])}`,
      );
    }
  }
});
