import type DataLoader from "dataloader";
import { deepestMetadata, mostMetadataBytes } from "../database/recording/metadata.js";
import { present } from "../resolvers/loaders/nodeLoader.js";

/** Ends the description of a field that returns metadata. */
export const nullMetadata = "Null if none was recorded.";

/** Ends the description of an input field that takes metadata. */
export const metadataLimits = `It takes at most ${mostMetadataBytes.toLocaleString("en-US")} bytes as JSON, and is nested at most ${deepestMetadata} levels deep. The order of its fields is not preserved. Absent: none.`;

/** The metadata of a row, as it was given but for the order of its fields. */
export async function metadataOf(
  loader: DataLoader<string, { metadata: string | null } | null>,
  id: string,
): Promise<unknown> {
  const { metadata } = await present(loader, id);
  return metadata === null ? null : JSON.parse(metadata);
}
