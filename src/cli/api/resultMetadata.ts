import { exportMetadataPath } from "../../export/exportPath.js";
import { parseIdOf } from "../../resolvers/globalId.js";
import { CommandError } from "../process.js";
import type { Api } from "./api.js";

/** What is known about a clustering result as a whole, which is beside its files. */
export async function resultMetadata(api: Api, id: string, signal: AbortSignal): Promise<object> {
  const parsed = parseIdOf("ClusteringResult", id);
  if ("problem" in parsed) throw new CommandError(`${id} ${parsed.problem}`);
  const pieces: Uint8Array[] = [];
  for await (const piece of api.download(exportMetadataPath(parsed.uuid), signal)) pieces.push(piece);
  return JSON.parse(Buffer.concat(pieces).toString("utf8"));
}
