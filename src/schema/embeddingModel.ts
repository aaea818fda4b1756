import { embeddingModelColumns } from "../resolvers/rows.js";
import { builder } from "./builder.js";
import { nullWithError } from "./rootFields.js";

export const embeddingModel = builder.prismaNode("EmbeddingModel", {
  id: { field: "id" },
  select: embeddingModelColumns,
  description: "A model that computes vectors of outputs, all with the same number of dimensions.",
});

builder.prismaObjectFields(embeddingModel, (t) => ({
  name: t.string({
    description: "The unique name of the model, which inputs and filters use.",
    resolve: (model) => model.name,
  }),
  dimensions: t.int({
    description: "The number of components of each of its vectors, 1 or more.",
    resolve: (model) => model.dimensions,
  }),
  embeddingCount: t.int({
    extensions: { mutable: true },
    description: "The number of embeddings of this model, 0 or more.",
    resolve: (model) => model.embeddingCount,
  }),
}));

builder.queryField("embeddingModels", (t) =>
  t.prismaField({
    type: [embeddingModel],
    nullable: true,
    extensions: { size: 20 },
    description: `All embedding models, ordered by name. ${nullWithError}`,
    resolve: async (query, _, __, { app, rowsRead }) => {
      const rows = await app.database.prisma.embeddingModel.findMany({
        ...query,
        orderBy: { name: "asc" },
      });
      rowsRead.add(rows.length);
      return rows;
    },
  }),
);
