// Which part may import which: `npm run check:imports`. Read by dependency-cruiser; types count, too.

/** @param to a regular expression of paths below src, of which folder `from` imports nothing */
const never = (from, to, comment) => ({
  name: `what ${from} may not import`,
  comment,
  severity: "error",
  from: { path: `^src/${from}/` },
  to: { path: `^src/${to}` },
});

export default {
  forbidden: [
    {
      name: "no circles",
      comment: "A file is understood without those above it. The types of the schema refer to each other.",
      severity: "error",
      from: { pathNot: "^src/schema/" },
      to: { circular: true },
    },
    never("runtime", "(?!runtime/)", "It knows Node's process alone."),
    never("remote", "(?!remote/|runtime/)", "It asks a server, and knows no database."),
    never("clustering", "(?!clustering/|runtime/)", "The engine is pure: arrays in, arrays out."),
    never(
      "database",
      "(app|cli|remote|server|schema|resolvers|export|import|jobs|clustering)",
      "It knows no use.",
    ),
    never("database/sqlite", "database/postgres/", "The drivers do not know each other."),
    never("database/postgres", "database/sqlite/", "The drivers do not know each other."),
    never(
      "jobs",
      "(app|cli|remote|server|schema|resolvers|analysis|export|import)",
      "Workers serve nothing.",
    ),
    never("jobs/queue", "jobs/(?!queue/)", "The queue knows no kind of work."),
    never(
      "analysis",
      "(app|cli|remote|server|schema|resolvers|export|import)",
      "It computes, and knows no request.",
    ),
    never("resolvers", "(cli|remote|server|schema|export)", "Use cases know no HTTP and no Pothos."),
    never("schema", "(cli|server|remote)", "The schema is served in several ways."),
    never("import", "(cli|server|schema|export|jobs)", "Importing needs no server."),
    never("export", "(app|cli|remote|server|schema|import|jobs)", "Exporting needs no server."),
    never("server", "(cli|remote)", "A command starts the server."),
  ],
  options: {
    parser: "swc", // TypeScript 7 has no interface for it
    tsPreCompilationDeps: true,
    exclude: { path: "^src/database/generated/|node_modules" },
  },
};
