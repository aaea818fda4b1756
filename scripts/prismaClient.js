// Generates the clients of a Prisma schema, and the types for Pothos beside them. Prisma's command line uses the same
// two packages, but installs 190 MB more, some of which needs Node 22.
import { createRequire } from "node:module";
import { delimiter } from "node:path";

// The ES modules of these packages cannot be imported: their own imports lack file extensions.
const require = createRequire(import.meta.url);

/** @param {string} schemaPath of a `schema.prisma` */
export async function generatePrismaClient(schemaPath) {
  const { getGenerators, loadSchemaContext } = require("@prisma/internals");
  const { PrismaClientTsGenerator } = require("@prisma/client-generator-ts");
  // Pothos' generator is found on this path.
  process.env.PATH = `${process.cwd()}/node_modules/.bin${delimiter}${process.env.PATH}`;
  const generators = await getGenerators({
    schemaContext: await loadSchemaContext({
      schemaPath: { cliProvidedPath: schemaPath },
      printLoadMessage: false,
    }),
    registry: { "prisma-client": { type: "in-process", generator: new PrismaClientTsGenerator() } },
    skipDownload: true,
    cliCommand: "npm run build",
  });
  try {
    for (const generator of generators) await generator.generate();
  } finally {
    for (const generator of generators) generator.stop();
  }
}
