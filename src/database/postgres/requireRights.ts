import type pg from "pg";
import { storedTables } from "../copy/storedTables.js";
import { DatabaseRightsError } from "./databaseRightsError.js";
import { quoted } from "./quoted.js";

/** The intended use of Medoid's tables by a role. */
export type Use = "read" | "write" | "migrate";

const rightsToRead = "SELECT";
const rightsToWrite = "SELECT, INSERT, UPDATE, DELETE";

const schema = "public";
const migrationsTable = "_prisma_migrations";
const tables = [...storedTables.map(({ name }) => name), migrationsTable];

interface Role {
  name: string;
  schemaExists: boolean;
  mayUseSchema: boolean;
  mayCreate: boolean;
  isReadOnly: boolean;
  isReplica: boolean;
}

/**
 * Checks whether the role can read which migrations were applied. This comes before anything else, because
 * PostgreSQL's own errors name neither the role nor the statement that grants the right.
 * @param use the intended use, whose rights the suggested statement grants at the same time
 * @throws DatabaseRightsError that names the role, the missing right, and the statement that an owner must
 *   run
 */
export async function requireSight(pool: pg.Pool, use: Use): Promise<void> {
  const { name, schemaExists, mayUseSchema } = await roleOf(pool);
  const roleName = quoted(name);
  if (!schemaExists) {
    throw new DatabaseRightsError(
      `it has no schema "${schema}". As an owner of the database run: CREATE SCHEMA ${schema} AUTHORIZATION ${roleName};`,
    );
  }
  if (!mayUseSchema) throw lacksRight(roleName, "USAGE", "use");
  await requireTableRights(pool, roleName, {
    needed: rightsToRead,
    given: use === "read" ? rightsToRead : rightsToWrite,
    of: [migrationsTable],
  });
}

/**
 * Checks whether the role has the rights for the intended use. Must be called after `requireSight`.
 * @throws DatabaseRightsError that names the role, the missing right, and the statement that an owner must
 *   run
 */
export async function requireRights(pool: pg.Pool, use: Use): Promise<void> {
  const role = await roleOf(pool);
  const roleName = quoted(role.name);
  if (use !== "read" && (role.isReplica || role.isReadOnly)) {
    throw new DatabaseRightsError(
      role.isReplica
        ? "its server is a read-only replica: connect to the primary server"
        : `it is read-only for the role ${roleName} (default_transaction_read_only)`,
    );
  }
  if (use === "migrate") {
    // Checked first: a role that does not own the existing tables should not be advised to get the right to
    // create any.
    await requireOwnership(pool, roleName);
    if (!role.mayCreate) throw lacksRight(roleName, "USAGE, CREATE", "create tables in");
  } else {
    const rights = use === "read" ? rightsToRead : rightsToWrite;
    await requireTableRights(pool, roleName, { needed: rights, given: rights, of: tables });
  }
}

async function roleOf(pool: pg.Pool): Promise<Role> {
  const { rows } = await pool.query<Role>(
    `SELECT current_user AS "name", n.oid IS NOT NULL AS "schemaExists",
       coalesce(has_schema_privilege(n.oid, 'USAGE'), false) AS "mayUseSchema",
       coalesce(has_schema_privilege(n.oid, 'CREATE'), false) AS "mayCreate",
       current_setting('transaction_read_only') = 'on' AS "isReadOnly",
       pg_is_in_recovery() AS "isReplica"
     FROM (SELECT 1) AS one LEFT JOIN pg_namespace n ON n.nspname = $1`,
    [schema],
  );
  return rows[0];
}

function lacksRight(roleName: string, rights: string, action: string): DatabaseRightsError {
  return new DatabaseRightsError(
    `the role ${roleName} may not ${action} the schema "${schema}". As an owner of the database run: GRANT ${rights} ON SCHEMA ${schema} TO ${roleName};`,
  );
}

/** Migrations alter tables, which only their owner may do. */
async function requireOwnership(pool: pg.Pool, roleName: string): Promise<void> {
  const { rows } = await pool.query<{ table: string; owner: string }>(
    `SELECT c.relname AS "table", pg_get_userbyid(c.relowner) AS "owner"
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = ANY($2) AND NOT pg_has_role(c.relowner, 'USAGE')
     ORDER BY c.relname LIMIT 1`,
    [schema, tables],
  );
  if (rows.length === 0) return;
  const [{ table, owner }] = rows;
  throw new DatabaseRightsError(
    `migrations are to be applied, and the role ${roleName} does not own the table ${quoted(table)}. Run \`medoid migrate\` as the role ${quoted(owner)}.`,
  );
}

/**
 * @param rights `needed` are the rights that are checked; `given`, which includes them, is what the message
 *   says to grant
 */
async function requireTableRights(
  pool: pg.Pool,
  roleName: string,
  { needed, given, of }: { needed: string; given: string; of: readonly string[] },
): Promise<void> {
  const { rows } = await pool.query<{ table: string; rights: string }>(
    `SELECT c.relname AS "table", string_agg(r.name, ', ') AS "rights"
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       CROSS JOIN unnest($2::text[]) AS r(name)
     WHERE n.nspname = $1 AND c.relname = ANY($3) AND NOT has_table_privilege(c.oid, r.name)
       AND (c.relname <> '${migrationsTable}' OR r.name = 'SELECT')
     GROUP BY c.relname ORDER BY c.relname LIMIT 1`,
    [schema, needed.split(", "), of],
  );
  if (rows.length === 0) return;
  throw new DatabaseRightsError(
    `the role ${roleName} lacks ${rows[0].rights} on the table ${quoted(rows[0].table)}. As the tables' owner run: GRANT ${given} ON ALL TABLES IN SCHEMA ${schema} TO ${roleName};`,
  );
}
