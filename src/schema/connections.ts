import { builder } from "./builder.js";

builder.globalConnectionField("totalCount", (t) =>
  t.int({
    description:
      "The number of items on all pages together, 0 or more. They are counted only if this field is selected.",
    resolve: (connection) => connection.totalCount,
  }),
);
