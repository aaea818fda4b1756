import { extname } from "node:path";
import type { Command } from "commander";
import type { Api } from "../api/api.js";
import { withApi } from "../api/withApi.js";
import type { Cli, ProgressBar } from "../cli.js";
import {
  embeddingsToMap,
  finishedMap,
  type MapParameters,
  type MappedEmbeddings,
} from "../map/existingMap.js";
import { clustersText, type MapData, mapParameters, readMap, trustworthinessText } from "../map/mapData.js";
import { mapPicture } from "../map/mapPicture.js";
import { readMapPoints } from "../map/mapPoints.js";
import { pointsCsv } from "../map/pointsCsv.js";
import {
  decimal,
  enumOption,
  optionOfField,
  resultId,
  settingsOfWork,
  wholeNumber,
} from "../options/clusterOptions.js";
import { addExamples, addNotes, addSettingNames } from "../options/helpText.js";
import { counted, layoutText, name } from "../output/clusteringResult.js";
import { writeFiles } from "../output/outputFile.js";
import { printable } from "../output/printable.js";
import { ArgumentError, CommandError, InterruptedError } from "../process.js";

interface MapOptions extends MapParameters {
  embeddingModel?: string;
  out?: string;
  json?: boolean;
}

export function addMapCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("map")
    .description("lay the embeddings of a result out on a plane, and draw them (docs/maps.md)")
    .argument("[ID]", "the id of the clustering result (default: the latest that succeeded)", resultId)
    .option("--embedding-model <name>", "map the latest result of this model, instead of ID")
    .addOption(enumOption("--method <name>", ["UMAP", "PCA"]))
    .option("--neighbours <n>", "2 to 1,000: few show detail, many the whole (default: 15)", wholeNumber)
    .option("--min-distance <x>", "0 to 1: 0 packs clusters densely (default: 0.1)", decimal)
    .option("--seed <n>", "another one gives another map, which is as good (default: 0)", wholeNumber)
    .option("--out <FILE>", "where to write it: .svg, a picture; .arrow or .csv, the points")
    .option("--json", "print the data of the response as JSON")
    .action((id: string | undefined, options: MapOptions) => showMap(cli(), id, options));
  addNotes(
    command,
    "A map that exists is shown again. Without a clustering, it has all embeddings of the model and no clusters.",
  );
  addExamples(
    command,
    "medoid map --out map.svg",
    "medoid map --embedding-model all-MiniLM-L6-v2 --neighbours 50 --out map.svg",
    "medoid map 0198c1b2-0000-7000-8005-000000000000 --out points.csv",
  );
  addSettingNames(command, settingsOfWork);
}

/**
 * Draws a result's map, and says where. A picture that cannot be written is not worth an error where the map is only
 * part of what was asked for.
 */
export async function drawResult(api: Api, id: string, out: string, cli: Cli): Promise<void> {
  const embeddings = await embeddingsToMap(api, id, undefined, cli);
  const map = await readMap(api, await finishedMap(api, embeddings, {}, cli), embeddings);
  try {
    await writeMap(api, map, embeddings, { out, format: "svg" }, cli);
    cli.stdout.write(`Map of the embeddings: ${printable(out)} (${trustworthinessText(map)})\n`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    cli.stderr.write(`The map was not drawn: ${error.message}\n`);
  }
}

const formats = ["svg", "arrow", "csv"] as const;
type Format = (typeof formats)[number];

async function showMap(cli: Cli, id: string | undefined, options: MapOptions): Promise<void> {
  const { embeddingModel, out, json, method, neighbours, minDistance, seed } = options;
  if (id !== undefined && embeddingModel !== undefined) {
    throw new ArgumentError(
      "Give either ID or --embedding-model, which stands for the latest result of a model.",
    );
  }
  if (method === "PCA") requireNoneOfUmap({ neighbours, minDistance, seed });
  const format = out === undefined ? undefined : formatOf(out);
  await withApi(cli, async (api) => {
    const embeddings = await embeddingsToMap(api, id, embeddingModel, cli);
    const mapId = await finishedMap(api, embeddings, { method, neighbours, minDistance, seed }, cli);
    const map = await readMap(api, mapId, embeddings);
    if (out !== undefined && format !== undefined) await writeMap(api, map, embeddings, { out, format }, cli);
    if (json) cli.stdout.write(`${JSON.stringify({ embeddingMap: map }, null, 2)}\n`);
    else cli.stdout.write(mapText(map, embeddings, out));
  });
}

/** @throws ArgumentError if a parameter is given that PCA does not have, even with its default */
function requireNoneOfUmap(parameters: Omit<MapParameters, "method">): void {
  const [unused] = Object.entries(parameters).filter(([, value]) => value !== undefined);
  if (unused) throw new ArgumentError(`${optionOfField([unused[0]])} has an effect only with --method umap.`);
}

function formatOf(path: string): Format {
  const ending = extname(path);
  const format = formats.find((each) => ending.toLowerCase() === `.${each}`);
  if (format) return format;
  const problem = ending === "" ? "has no ending" : `ends in ${ending}`;
  throw new ArgumentError(
    `${path} ${problem}. The ending says what is written: ${formats.map((each) => `.${each}`).join(", ")}.`,
  );
}

/** Writes a map to a file, completely or not at all. */
async function writeMap(
  api: Api,
  map: MapData,
  embeddings: MappedEmbeddings,
  { out, format }: { out: string; format: Format },
  { signal, progressBar }: Cli,
): Promise<void> {
  let bar: ProgressBar | undefined;
  const onProgress = (progress: number) => {
    bar ??= progressBar("Writing");
    bar.update(progress);
  };
  try {
    const stream = api.download(map.pointsUrl, signal, onProgress);
    const content = {
      arrow: () => stream,
      csv: () => pointsCsv(readMapPoints(stream), embeddings.result !== null),
      svg: () => mapPicture(api, map, embeddings, readMapPoints(stream)),
    };
    await writeFiles([{ path: out, content: content[format]() }], signal);
  } catch (error) {
    if (signal.aborted) throw new InterruptedError("Stopped. Nothing was written.");
    throw error;
  } finally {
    bar?.stop();
  }
}

function mapText(map: MapData, { result }: MappedEmbeddings, out: string | undefined): string {
  const layout = layoutText(map);
  const lines = [
    `${map.id}  map of ${counted(map.embeddingCount, "embedding")} of ${name(map.embeddingModel.name)}`,
    mapParameters(map),
    ...(layout === null ? [] : [layout]),
    trustworthinessText(map),
    result === null ? "clusters  none: nothing has been clustered" : `clusters  ${clustersText(result)}`,
  ];
  lines.push(out === undefined ? "Add --out map.svg to draw it." : `Wrote it to ${printable(out)}.`);
  return `${lines.join("\n")}\n`;
}
