import type { MapToStore } from "../bulkStore.js";
import { readUuid } from "../copyFormat/uuidBytes.js";
import { mapPublication } from "../storing/publication.js";
import { stagedMapQuery } from "../storing/stagedMap.js";
import { mapTables } from "../storing/stagedTables.js";
import type { MapStagingStore } from "../storing/stagingStore.js";
import { type Connection, sqliteParameters } from "./connection.js";
import { orderOfIds } from "./orderOfIds.js";
import { sqliteStagingStore } from "./stagingStore.js";

export function sqliteMapStagingStore(connection: Connection): MapStagingStore {
  const store = sqliteStagingStore(connection, mapTables);
  const attemptOf = ({ embeddingMapId: subjectId, attempt }: MapToStore) => ({ subjectId, attempt });
  let order: Int32Array | undefined;
  return {
    ...store,
    insertPositions: (map, first, end) => {
      order ??= orderOfIds(map.embeddingIds);
      const rows = order.subarray(first, end);
      return store.stage(attemptOf(map), () => insertPositions(connection, map, rows));
    },
    publish: (map, check) =>
      store.publish(attemptOf(map), {
        query: stagedMapQuery("?1"),
        check,
        statements: () => mapPublication(map, sqliteParameters),
      }),
  };
}

function insertPositions(connection: Connection, map: MapToStore, rows: Int32Array): void {
  const { embeddingMapId, embeddingIds, positions } = map;
  const insert = connection.prepare(
    `INSERT INTO "MapPosition" ("embeddingMapId", "embeddingId", "x", "y") VALUES (?, ?, ?, ?)`,
  );
  for (const row of rows) {
    insert.run(embeddingMapId, readUuid(embeddingIds, row * 16), positions[2 * row], positions[2 * row + 1]);
  }
}
