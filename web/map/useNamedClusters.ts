import { useMemo } from "preact/hooks";
import { clusterNames } from "./labelText.js";
import type { MapCluster } from "./placedNames.js";
import type { PointTable } from "./pointTable.js";
import { useClusterTexts } from "./useClusterTexts.js";

/**
 * The clusters of a result with names that tell them apart, once the medoids have arrived from their neighbours' as
 * well.
 * @param id global id of the result
 * @param arrived number of points that have arrived
 */
export function useNamedClusters(id: string, points: PointTable, arrived: number): readonly MapCluster[] {
  const texts = useClusterTexts(id);
  // Points change in place.
  return useMemo(() => {
    const named = texts.map(({ label, medoidText: text }) => {
      const row = points.medoids.get(label);
      return { label, text, place: row === undefined ? null : ([points.x[row], points.y[row]] as const) };
    });
    const names = clusterNames(named);
    return texts.map(({ label, size }) => ({ label, size, name: names.get(label)! }));
  }, [texts, points, arrived === points.capacity]);
}
