import type { TextCount } from "../resolvers/loaders/topTextsLoader.js";
import { builder } from "./builder.js";

export const textCount = builder.objectRef<TextCount>("TextCount").implement({
  description: "A text, and how many have it: members of a cluster, runs, or invocations.",
  fields: (t) => ({
    text: t.exposeString("text", {
      description:
        "The text: of members the outputText of their invocations, of runs the initial prompt, of invocations the model.",
    }),
    count: t.exposeInt("count", {
      description: "The number of members, runs or invocations with this text, 1 or more.",
    }),
  }),
});
