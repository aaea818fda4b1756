import { ColumnTypeEnum, mockAdapter, mockMigrationAwareAdapterFactory } from "@prisma/driver-adapter-utils";

/**
 * A driver adapter without a server: enough for Prisma's schema engine to compare two schemas, for which it only needs
 * the server's version.
 * @returns {import("@prisma/driver-adapter-utils").SqlMigrationAwareDriverAdapterFactory}
 */
export function unconnectedPostgres() {
  const factory = mockMigrationAwareAdapterFactory("postgres");
  const connection = {
    ...mockAdapter("postgres"),
    queryRaw: async ({ sql }) => {
      if (!sql.includes("numeric_version")) throw new Error(`There is no server to run this on: ${sql}`);
      return {
        columnNames: ["exists", "version", "numeric_version"],
        columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
        rows: [[true, "PostgreSQL 15.0", 150000]],
      };
    },
    dispose: async () => {},
  };
  return { ...factory, connect: async () => connection };
}
