// Builds the page in web/ with Vite.
import { writeFileSync } from "node:fs";
import { build } from "vite";
import { webDocuments } from "./webOperations.js";

/** @param {string} folder that is to contain the page: index.html, assets/, and the documents that it sends */
export async function buildPage(folder) {
  const outDir = `${process.cwd()}/${folder}`;
  await build({
    root: "web",
    configFile: "web/vite.config.js",
    logLevel: "warn",
    build: { outDir, emptyOutDir: true },
  });
  writeFileSync(`${folder}/documents.json`, JSON.stringify(webDocuments()));
}
