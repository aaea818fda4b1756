import { useMemo } from "preact/hooks";
import { useQuery } from "../client/useQuery.js";
import { type ResultMapQuery, resultMap } from "../generated/operations.js";
import { EmbeddingMap, type MapSelection } from "../map/EmbeddingMap.js";
import { MapStart } from "../map/MapStart.js";
import { PointFacts } from "../map/PointFacts.js";
import { outlier, type PointTable } from "../map/pointTable.js";
import { useNamedClusters } from "../map/useNamedClusters.js";
import { usePoints } from "../map/usePoints.js";
import { counted } from "../parts/format.js";
import { FailureNotice } from "../parts/Notice.js";
import { theme } from "../parts/theme.js";
import { changeLook, look } from "../router/location.js";
import { commonRows } from "./commonRows.js";
import type { Side } from "./fates.js";
import type { ComparedSelection } from "./selection.js";
import "../map/map.css";

interface ComparedMapsProps {
  /** Global ids of the two clustering results. */
  ids: Record<Side, string>;
  selected: ComparedSelection;
  select(selected: ComparedSelection): void;
}

type Result = NonNullable<ResultMapQuery["clusteringResult"]>;
type Mapped = Result & { map: NonNullable<Result["map"]> & { pointsUrl: string } };

const sides: readonly Side[] = ["from", "to"];
const otherSide: Record<Side, Side> = { from: "to", to: "from" };
export const sideNames: Record<Side, string> = { from: "first", to: "second" };

const isMapped = (result: Result | null | undefined): result is Mapped => Boolean(result?.map?.pointsUrl);

/** The maps of two clusterings with one selection over both; the button that draws a map where there is none. */
export function ComparedMaps({ ids, selected, select }: ComparedMapsProps) {
  const queries = {
    from: useQuery(resultMap, { id: ids.from }),
    to: useQuery(resultMap, { id: ids.to }),
  };
  const [first, second] = sides.map((side) => queries[side].data?.clusteringResult);
  if (isMapped(first) && isMapped(second)) {
    const key = `${first.map.id} ${second.map.id}`;
    return <DrawnMaps key={key} results={{ from: first, to: second }} {...{ selected, select }} />;
  }
  return (
    <div class="compared">
      {sides.map((side) => {
        const { data, failure, read } = queries[side];
        const result = data?.clusteringResult;
        return (
          <div key={side}>
            <FailureNotice failure={failure} retry={read} />
            {result && !isMapped(result) && (
              <MapStart
                result={result}
                name={`Map of the ${sideNames[side]} clustering`}
                drawn={() => {
                  for (const each of sides) queries[each].read();
                }}
              />
            )}
            {isMapped(result) && <p class="muted">The maps are shown when both are drawn.</p>}
          </div>
        );
      })}
    </div>
  );
}

interface DrawnMapsProps extends Omit<ComparedMapsProps, "ids"> {
  results: Record<Side, Mapped>;
}

function DrawnMaps({ results, selected, select }: DrawnMapsProps) {
  const { cluster, point } = selected;
  const loaded = { from: useLoaded(results.from, point), to: useLoaded(results.to, point) };
  // Maps of the same embeddings are one, and are moved together.
  const isOne = results.from.map.id === results.to.map.id;
  const isComplete = sides.every((side) => loaded[side].arrived === loaded[side].points.capacity);
  /** Which rows of the other map are those of the selected cluster. */
  const common = useMemo(() => {
    if (cluster === null || !isComplete) return null;
    return commonRows(loaded[cluster.side].points, cluster.label, loaded[otherSide[cluster.side]].points);
  }, [cluster?.side, cluster?.label, isComplete, loaded.from.points, loaded.to.points]);
  const haveSameEmbeddings = results.from.embeddingModel.name === results.to.embeddingModel.name;
  const onSelect = (side: Side) => (selection: MapSelection | null) => {
    const { points } = loaded[side];
    if (selection === null) select({ cluster: null, point: null });
    else {
      const id = selection.isPoint && selection.row !== null ? points.embeddingId(selection.row) : null;
      select({ cluster: { side, label: selection.label }, point: id });
    }
  };
  return (
    <>
      <div class="compared compared-maps">
        {sides.map((side) => {
          const { points, arrived, clusters, failure, retry } = loaded[side];
          const isOwn = cluster?.side === side;
          return (
            <section key={side} class="map-frame" aria-label={`Map of the ${sideNames[side]} clustering`}>
              <FailureNotice failure={failure} retry={retry} />
              <EmbeddingMap
                title={`Map of the ${sideNames[side]} clustering, ${counted(points.capacity, "embedding")}`}
                {...{ points, arrived, clusters }}
                colouring="cluster"
                theme={theme.value}
                selected={{
                  label: isOwn ? cluster.label : null,
                  row: loaded[side].row,
                }}
                emphasised={cluster !== null && !isOwn ? common : null}
                at={isOne ? look.value.at : null}
                onMoved={(at) => isOne && changeLook({ at })}
                onSelect={onSelect(side)}
                describe={(row) => (
                  <PointFacts id={points.embeddingId(row)} facts={factsOf(loaded, points.embeddingId(row))} />
                )}
                nameOf={({ value }) => clusterName(Number(value))}
              />
            </section>
          );
        })}
      </div>
      {cluster !== null && !haveSameEmbeddings && (
        <p class="muted">
          The two are of different embedding models, so that no embedding is on both maps: the list below
          compares their clusters by invocations.
        </p>
      )}
      {point !== null && (
        <aside class="compared-point" aria-label="Selected point">
          <button
            type="button"
            class="map-close"
            aria-label="Close"
            onClick={() => select({ cluster, point: null })}
          >
            ×
          </button>
          <PointFacts id={point} facts={factsOf(loaded, point)} isWhole />
        </aside>
      )}
    </>
  );
}

interface Loaded extends ReturnType<typeof usePoints> {
  clusters: ReturnType<typeof useNamedClusters>;
  /** The row of the selected point; null if there is none, or it has not arrived. */
  row: number | null;
}

function useLoaded({ id, map }: Mapped, point: string | null): Loaded {
  const loaded = usePoints(map.pointsUrl, `${map.id} ${id}`, map.embeddingCount ?? 0);
  const { points, arrived } = loaded;
  // Points change in place.
  const row = useMemo(
    () => (point === null ? null : points.rowsOf([point])[0]),
    [points, point, arrived === points.capacity],
  );
  return { ...loaded, row, clusters: useNamedClusters(id, points, arrived) };
}

const clusterName = (label: number) => (label === outlier ? "outliers" : `cluster ${label}`);

/** In which cluster of each clustering an embedding is. @param id global */
function factsOf(loaded: Record<Side, { points: PointTable }>, id: string): [string, string][] {
  return sides.map((side) => {
    const { points } = loaded[side];
    const [row] = points.rowsOf([id]);
    const label = row === null ? null : points.labels[row];
    return [
      sideNames[side],
      label === null ? "not in it" : label === outlier ? "an outlier" : clusterName(label),
    ];
  });
}
