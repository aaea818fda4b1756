import type { MapToStore } from "../bulkStore.js";
import { readUuid } from "../copyFormat/uuidBytes.js";
import { mapPublication } from "../storing/publication.js";
import { stagedMapQuery } from "../storing/stagedMap.js";
import { mapTables } from "../storing/stagedTables.js";
import type { MapStagingStore } from "../storing/stagingStore.js";
import { type Connection, sqliteParameters } from "./connection.js";
import { sqliteStagingStore } from "./stagingStore.js";

export function sqliteMapStagingStore(connection: Connection): MapStagingStore {
  const store = sqliteStagingStore(connection, mapTables);
  const attemptOf = ({ embeddingMapId: subjectId, attempt }: MapToStore) => ({ subjectId, attempt });
  return {
    ...store,
    insertPositions: (map, first, end) =>
      store.stage(attemptOf(map), () => insertPositions(connection, map, first, end)),
    publish: (map, check) =>
      store.publish(attemptOf(map), {
        query: stagedMapQuery("?1"),
        check,
        statements: () => mapPublication(map, sqliteParameters),
      }),
  };
}

function insertPositions(connection: Connection, map: MapToStore, first: number, end: number): void {
  const { embeddingMapId, embeddingIds, positions } = map;
  const insert = connection.prepare(
    `INSERT INTO "MapPosition" ("embeddingMapId", "embeddingId", "x", "y") VALUES (?, ?, ?, ?)`,
  );
  for (let row = first; row < end; row++) {
    insert.run(embeddingMapId, readUuid(embeddingIds, row * 16), positions[2 * row], positions[2 * row + 1]);
  }
}
