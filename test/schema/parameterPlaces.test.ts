import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { optionOfField } from "../../src/cli/options/clusterOptions.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const files = ["src", "prisma"]
  .flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: "utf8" }).map(
      (path) => `${folder}/${path}`,
    ),
  )
  .filter((path) => /\.ts$|\/schema\.prisma$/.test(path) && !path.includes("/generated/"));

/**
 * The engine counts as one place, whichever of its stages reads a parameter; so does Prisma's schema, one of which is
 * generated.
 */
const placeOf = (file: string) => /^(src\/clustering|prisma)\//.exec(file)?.[1] ?? file;

// Parameters with names that nothing else has.
test.each(["clusterSelectionEpsilon", "clusterSelectionMethod", "maxClusterSize", "allowSingleCluster"])(
  "%s is named by the engine, the database, its two fields of the API and its option, and nowhere else",
  (name) => {
    const spellings = [name, optionOfField([name])];
    const naming = files.filter((file) => {
      const text = readFileSync(`${root}/${file}`, "utf8");
      return spellings.some((spelling) => text.includes(spelling));
    });
    const places = new Set(naming.map(placeOf));
    expect([...places].sort()).toEqual([
      "prisma",
      "src/cli/options/clusterOptions.ts",
      "src/clustering",
      "src/schema/clusterEmbeddings.ts",
      "src/schema/hdbscanParameters.ts",
    ]);
  },
);
