// Generates the clients of a Prisma schema, and the types of Pothos beside them. Prisma's command line does it by the
// same two packages, and installs 190 MB more, of which some needs Node 22.
import { createRequire } from "node:module";
import { delimiter } from "node:path";

// The ES modules of these packages cannot be imported: they name files without the ending.
const require = createRequire(import.meta.url);

/** @param {string} schemaPath of a `schema.prisma` */
export async function generatePrismaClient(schemaPath) {
  const { getGenerators, loadSchemaContext } = require("@prisma/internals");
  const { PrismaClientTsGenerator } = require("@prisma/client-generator-ts");
  process.env.PATH = `${process.cwd()}/node_modules/.bin${delimiter}${process.env.PATH}`; // where Pothos' generator is
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
