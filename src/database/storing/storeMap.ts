import type { MapToStore } from "../bulkStore.js";
import { requireAllPositions } from "./stagedMap.js";
import type { MapStagingStore } from "./stagingStore.js";
import { insertInPieces, storeStaged } from "./storeStaged.js";

/**
 * Stages positions, then publishes them.
 * @param onProgress called with 0 to 1; if it throws, the storing ends
 * @returns false, with nothing published, if the map is no longer RUNNING in this attempt
 * @throws Error, with nothing published, if a position is missing
 */
export function storeMap(
  store: MapStagingStore,
  map: MapToStore,
  onProgress: (progress: number) => void,
): Promise<boolean> {
  const { embeddingMapId: subjectId, attempt, positions } = map;
  return storeStaged(store, { subjectId, attempt }, async () => {
    const insert = (first: number, end: number) => store.insertPositions(map, first, end);
    await insertInPieces(store, positions.length / 2, insert, onProgress);
    await store.publish(map, (staged) => requireAllPositions(staged, map));
  });
}
