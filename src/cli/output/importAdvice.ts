import { differsFromRecorded, differsInVector, repeatsId } from "../../import/conflictReason.js";
import { fileFormat } from "../../import/fileFormat.js";
import type { ImportReport } from "../../import/importReport.js";
import { holdsVectors } from "../../import/table/vectorColumns.js";
import type { Cli } from "../cli.js";
import type { Chosen, FormatArguments } from "../options/importFormat.js";
import { importWords, otherDataset, otherName } from "../options/importTable.js";
import { number } from "./clusteringResult.js";

/** What the user has typed, and how commands are printed. */
interface Typed {
  file: string;
  given: FormatArguments;
  command: Cli["command"];
}

/**
 * The models of the embeddings of what a file has, in the file or recorded before; true for those of which new ones have
 * been recorded.
 */
export function modelsOf({ taken, alreadyThere, embeddedBefore }: ImportReport): Map<string, boolean> {
  const before = { ...alreadyThere.embeddings, ...embeddedBefore?.embeddings };
  const models = new Map(Object.keys(before).map((model) => [model, false]));
  for (const model of Object.keys(taken.embeddings)) models.set(model, true);
  return models;
}

/**
 * What to do if rows differ from those with the same ids: only in their vectors, which another model may have made; or in
 * more, because they are those of another table; or because ids of the table are not unique.
 */
export function differenceAdvice(
  { skipped }: ImportReport,
  chosen: Chosen,
  { file, given, command }: Typed,
): string[] {
  const reasons = skipped.map(({ reason }) => reason);
  const advice: string[] = [];
  const model = chosen.format === "table" ? chosen.table?.embeddingModel : vectorsOfTraces(chosen);
  if (model !== undefined && reasons.some(differsInVector)) {
    const words = importWords(file, { ...given, embeddingModel: otherName(model) });
    const what = chosen.format === "table" ? "row" : "output";
    advice.push(
      `The recorded embeddings of the model ${JSON.stringify(model)} have other vectors, and each ${what} has one embedding per model. If another model made the vectors of this file, give its name with --embedding-model:\n\n  ${command(...words)}\n`,
    );
  }
  if (chosen.format !== "table" || !chosen.table) return advice;
  if (reasons.some((reason) => reason.startsWith(differsFromRecorded) && !differsInVector(reason))) {
    const words = importWords(file, { ...given, dataset: otherDataset(file, given) });
    advice.push(
      `Rows are recognised by the name of their dataset, which is ${JSON.stringify(chosen.table.dataset)} here, and by their ids. If this is another table than the one that was imported under this name, give it another name with --dataset:\n\n  ${command(...words)}\n`,
    );
  }
  if (reasons.some((reason) => reason.startsWith(repeatsId))) {
    const column = JSON.stringify(chosen.table.id);
    advice.push(
      `Values of the column ${column} repeat, so they are not the rows' own ids. To record the rows that were left out, undo this import, and import the table again: with --run instead of --id if the column says which rows belong together, or with another column as --id, or without --id.`,
    );
  }
  return advice;
}

/** The model of the vectors that a field of traces has; undefined if none was named. */
function vectorsOfTraces(chosen: Chosen): string | undefined {
  return "traces" in chosen ? chosen.traces.embeddingModel : undefined;
}

/** What to say of a file without embeddings if some of its outputs have no recorded ones either; undefined otherwise. */
export function embeddingAdvice(
  report: ImportReport,
  chosen: Chosen,
  path: string,
  typed: Typed,
): string | undefined {
  const { taken, alreadyThere, embeddedBefore } = report;
  if (Object.keys({ ...taken.embeddings, ...alreadyThere.embeddings }).length > 0) return undefined;
  const outputs = taken.invocations + alreadyThere.invocations;
  if (outputs === 0) return "These runs have no invocations, so there is nothing of them to cluster.";
  const hasVectors =
    (chosen.format === "table" ? chosen.table?.embeddingModel : vectorsOfTraces(chosen)) !== undefined;
  if (!embeddedBefore) {
    return hasVectors
      ? "None of the vectors could be recorded, so there is nothing of this file to cluster."
      : withoutEmbeddings(undefined, report, chosen, path, typed);
  }
  const lacking = outputs - embeddedBefore.invocations;
  // The outputs of runs without recorded embeddings may be images, which need none.
  const areTexts = chosen.format === "table" || "traces" in chosen;
  if (lacking === 0 || hasVectors || !areTexts) return undefined;
  return withoutEmbeddings(`${number(lacking)} of the ${number(outputs)}`, report, chosen, path, typed);
}

/** @param some how many outputs have no embeddings; undefined if none has any */
function withoutEmbeddings(
  some: string | undefined,
  { skipped }: ImportReport,
  chosen: Chosen,
  path: string,
  { file, given, command }: Typed,
): string {
  const have = some?.startsWith("1 of") ? "has" : "have";
  const lack = `${have} no embeddings, and only embeddings can be clustered. To add them, `;
  const column = skipped.find(({ reason }) => reason === holdsVectors)?.example;
  const again = (what: string) =>
    `import the file again with the vectors in its ${what} ${JSON.stringify(column)}:\n\n  ${command(...importWords(file, { ...given, vector: column }))}\n`;
  if (chosen.format === "table") {
    const whose = some === undefined ? "These texts" : `${some} texts`;
    return `${whose} ${lack}${column === undefined ? "import the table again with --vector COLUMN or --vectors FILE." : again("column")}`;
  }
  if ("traces" in chosen) {
    const whose = `${some ?? "The"} outputs in these traces`;
    return `${whose} ${lack}${column === undefined ? "write the vector of each output to a field of its row, and import the file again with --vector FIELD --embedding-model NAME." : again("field")}`;
  }
  if (chosen.format === "runs") {
    return `The outputs of these runs ${lack}write the embeddings of each invocation to its run's line, and import the file again.`;
  }
  const isDump = fileFormat(path).content === "directory";
  return `The outputs of these runs ${lack}${isDump ? "add embeddings.parquet to the dump" : "have panic-tda compute them"}, and import it again.`;
}
