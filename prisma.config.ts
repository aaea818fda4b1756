import { defineConfig } from "prisma/config";

// `prisma generate` needs no schema engine; any path here keeps Prisma from trying to download one.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({ schema: "prisma/sqlite/schema.prisma" });
