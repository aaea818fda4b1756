import { mostComponents } from "../database/recording/runRecord.js";
import { builder } from "./builder.js";

export const vectorInput = builder.inputType("VectorInput", {
  isOneOf: true,
  description: `A vector of 1 to ${mostComponents} finite numbers, not all zero, in exactly one of two forms.`,
  fields: (t) => ({
    floats: t.floatList({
      description: "The components, 1 or more finite numbers, which are rounded to float32.",
    }),
    base64: t.string({ description: "The components as raw little-endian float32, in base64." }),
  }),
});
