import type { PoolClient } from "pg";
import type { MapToStore } from "../bulkStore.js";
import { CopyRows } from "../copyFormat/copyRows.js";
import { mapPublication } from "../storing/publication.js";
import { stagedMapQuery } from "../storing/stagedMap.js";
import { mapTables } from "../storing/stagedTables.js";
import type { MapStagingStore } from "../storing/stagingStore.js";
import type { BulkConnections } from "./connections/bulkConnections.js";
import { copyInto } from "./copyInto.js";
import { postgresParameters, postgresStagingStore } from "./stagingStore.js";

const columns = ["embeddingMapId", "embeddingId", "x", "y"];
const positionBytes = 66;

/** @param signal ends the staging and the publishing, but not the discarding */
export function postgresMapStagingStore(connections: BulkConnections, signal?: AbortSignal): MapStagingStore {
  const store = postgresStagingStore(connections, mapTables, signal);
  const attemptOf = ({ embeddingMapId: subjectId, attempt }: MapToStore) => ({ subjectId, attempt });
  return {
    ...store,
    insertPositions: (map, first, end) =>
      store.stage(attemptOf(map), (client) => insertPositions(client, map, first, end)),
    publish: (map, check) =>
      store.publish(attemptOf(map), {
        query: stagedMapQuery("$1"),
        check,
        statements: () => mapPublication(map, postgresParameters),
      }),
  };
}

async function insertPositions(
  client: PoolClient,
  { embeddingMapId, embeddingIds, positions }: MapToStore,
  first: number,
  end: number,
): Promise<void> {
  const rows = new CopyRows(columns.length, (end - first) * positionBytes);
  for (let row = first; row < end; row++) {
    rows
      .row()
      .uuid(embeddingMapId)
      .bytes(embeddingIds.subarray(row * 16, row * 16 + 16))
      .float8(positions[2 * row])
      .float8(positions[2 * row + 1]);
  }
  await copyInto(client, "MapPosition", columns, rows);
}
