import { embeddingModelColumns } from "../resolvers/rows.js";
import { builder } from "./builder.js";
import { nullWithError } from "./rootFields.js";

export const embeddingModel = builder.prismaNode("EmbeddingModel", {
  id: { field: "id" },
  select: embeddingModelColumns,
  description: "A model that turns outputs into vectors, all of the same dimension.",
});

builder.prismaObjectFields(embeddingModel, (t) => ({
  name: t.string({
    description: "What inputs and filters call it; unique.",
    resolve: (model) => model.name,
  }),
  dimensions: t.int({
    description: "How many components each of its vectors has, 1 or more.",
    resolve: (model) => model.dimensions,
  }),
  embeddingCount: t.int({
    extensions: { mutable: true },
    description: "How many embeddings of it there are, 0 or more.",
    resolve: (model) => model.embeddingCount,
  }),
}));

builder.queryField("embeddingModels", (t) =>
  t.prismaField({
    type: [embeddingModel],
    nullable: true,
    extensions: { size: 20 },
    description: `All of them, by name. ${nullWithError}`,
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
