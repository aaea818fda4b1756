import type { MapToStore } from "../bulkStore.js";

/** Count of the positions that an attempt has staged, as the transaction that publishes them sees them. */
export interface StagedMap {
  positions: number;
}

/** @param id the placeholder of the map's id */
export const stagedMapQuery = (id: string): string =>
  `SELECT CAST(count(*) AS INTEGER) AS "positions" FROM "MapPosition" WHERE "embeddingMapId" = ${id}`;

/**
 * The last check before a map is published. That each position belongs to an embedding is ensured by its foreign key.
 * @throws Error that names what is wrong
 */
export function requireAllPositions({ positions }: StagedMap, map: MapToStore): void {
  const expected = map.positions.length / 2;
  if (positions !== expected) throw new Error(`${positions} positions are staged, not ${expected}`);
}
