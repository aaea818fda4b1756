import { builder } from "./builder.js";

builder.globalConnectionField("totalCount", (t) =>
  t.int({
    description: "How many there are on all pages together, 0 or more. Counted only when it is asked.",
    resolve: (connection) => connection.totalCount,
  }),
);
