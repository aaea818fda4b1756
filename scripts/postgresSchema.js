/**
 * PostgreSQL's Prisma schema, generated from SQLite's, which is the source: ids, and columns whose name refers to an
 * id, are native UUIDs, times have a time zone, and the client is generated in a folder of its own.
 * @param {string} sqlite the text of prisma/sqlite/schema.prisma
 * @returns {string} the text of prisma/postgres/schema.prisma
 */
export function postgresSchema(sqlite) {
  const models = sqlite
    .replace(/^(\/\/.*\n)+/, "// Written by scripts/generate.js from prisma/sqlite/schema.prisma.\n")
    .replace('provider = "sqlite"', 'provider = "postgresql"')
    .replace("generated/sqlite", "generated/postgres")
    // Pothos takes its types from SQLite's client.
    .replace(/generator pothos \{[^}]*\}\n\n/, "");
  return models.replace(/^model \w+ \{\n[^}]*^\}/gm, withNativeTypes);
}

/** The names of the columns that hold an id of Medoid's; an external id is any text. */
const isUuid = /^id$|(?<!^external)Id$/;

/** @param {string} model */
function withNativeTypes(model) {
  return model.replace(
    /^ {2}(\w+)( +)(String|DateTime)(\??)([^\n]*)$/gm,
    (line, field, gap, type, optional, rest) => {
      if (type === "String" && !isUuid.test(field)) return line;
      return `  ${field}${gap}${type}${optional}${rest} ${type === "String" ? "@db.Uuid" : "@db.Timestamptz(3)"}`;
    },
  );
}

/**
 * The SQL of a migration with every text column ordered by its bytes, as SQLite orders it: clients then see the same
 * order everywhere, and no index depends on a locale that may change with the operating system.
 * @param {string} migration
 */
export function orderedByBytes(migration) {
  return migration.replace(/(?<=" (?:SET DATA TYPE )?)TEXT\b/g, 'TEXT COLLATE "C"');
}
