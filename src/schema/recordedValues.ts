import {
  defaultValueLimit,
  largestValueLimit,
  longestContained,
  recordedModels,
  recordedNetworks,
  recordedPrompts,
} from "../resolvers/recording/recordedValues.js";
import { builder } from "./builder.js";
import { nullWithError } from "./rootFields.js";
import { textCount } from "./textCount.js";

const networkCount = builder.objectRef<{ network: string[]; runCount: number }>("NetworkCount").implement({
  description: "A network, and how many runs have it.",
  fields: (t) => ({
    network: t.exposeStringList("network", {
      description: "The names of the models, in the order in which they take turns.",
    }),
    runCount: t.exposeInt("runCount", { description: "The number of runs with this network, 1 or more." }),
  }),
});

/** @param what are listed, in the plural */
const limitOf = (what: string) => ({
  defaultValue: defaultValueLimit,
  description: `The number of ${what}, 1 to ${largestValueLimit}. Default: ${defaultValueLimit}.`,
});

const cost = "Counting costs 1 for each 200 of them besides the rows of the response.";

builder.queryFields((t) => ({
  networks: t.field({
    type: [networkCount],
    nullable: true,
    extensions: { sizedBy: "limit" },
    description: `The networks of the recorded runs, those of most runs first, equally frequent ones in the order of the code points of their models. All runs are counted. ${cost} ${nullWithError}`,
    args: { limit: t.arg.int(limitOf("networks")) },
    resolve: (_, { limit }, { loaders }) => recordedNetworks(loaders.reader, limit ?? defaultValueLimit),
  }),
  initialPrompts: t.field({
    type: [textCount],
    nullable: true,
    extensions: { sizedBy: "limit" },
    description: `The initial prompts of the recorded runs, those of most runs first, equally frequent ones in the order of their code points. All runs are counted. ${cost} ${nullWithError}`,
    args: {
      limit: t.arg.int(limitOf("prompts")),
      contains: t.arg.string({
        description: `Only prompts that contain this text, whether in upper or lower case; at most ${longestContained.toLocaleString("en-US")} characters. Absent: all prompts.`,
      }),
    },
    resolve: (_, { limit, contains }, { loaders }) =>
      recordedPrompts(loaders.reader, limit ?? defaultValueLimit, contains),
  }),
  invocationModels: t.field({
    type: [textCount],
    nullable: true,
    extensions: { sizedBy: "limit" },
    description: `The models of the recorded invocations, those of most invocations first, equally frequent ones in the order of their code points. All invocations are counted. ${cost} ${nullWithError}`,
    args: { limit: t.arg.int(limitOf("models")) },
    resolve: (_, { limit }, { loaders }) => recordedModels(loaders.reader, limit ?? defaultValueLimit),
  }),
}));
