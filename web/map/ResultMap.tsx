import { useEffect, useMemo, useRef } from "preact/hooks";
import { ownAddress } from "../client/server.js";
import { useQuery } from "../client/useQuery.js";
import { type ResultMapQuery, resultMap } from "../generated/operations.js";
import { count, counted, networkName } from "../parts/format.js";
import { Menu } from "../parts/Menu.js";
import { FailureNotice } from "../parts/Notice.js";
import { theme } from "../parts/theme.js";
import { changeLook, look, navigate } from "../router/location.js";
import { bareId } from "../router/route.js";
import { type Category, type Colouring, colourings } from "./colouring.js";
import { EmbeddingMap, type MapSelection } from "./EmbeddingMap.js";
import { MapStart } from "./MapStart.js";
import type { MapPicture } from "./mapSvg.js";
import { namesOnMap } from "./namesOnMap.js";
import { PinnedPoint } from "./PinnedPoint.js";
import { PointFacts } from "./PointFacts.js";
import { notClustered, outlier, type PointTable } from "./pointTable.js";
import { useNamedClusters } from "./useNamedClusters.js";
import { usePoints } from "./usePoints.js";
import "./map.css";

interface ResultMapProps {
  /** Bare UUID of the clustering result. */
  readonly resultId: string;
  /** The label of the cluster that is selected, −1 for the outliers; null for none. */
  readonly label?: number | null;
  /** Global ids of embeddings that are joined by a line, in their order, such as those of a run. */
  readonly path?: readonly string[];
  /** Global id of the embedding of the path that is marked; null for none. */
  readonly marked?: string | null;
  /** Global id of the embedding of the path that is pointed at elsewhere; null for none. */
  readonly pointed?: string | null;
  /** Called with the global id of an embedding of the path that was selected on the map. */
  readonly onPathSelect?: (id: string) => void;
}

/** The map of a clustering's embeddings; where there is none, the button that draws it. */
export function ResultMap(props: ResultMapProps) {
  const { resultId } = props;
  const { data, failure, read } = useQuery(resultMap, { id: `ClusteringResult:${resultId}` });
  const result = data?.clusteringResult;
  if (!result) {
    return (
      <div class="map-frame">
        <FailureNotice failure={failure} retry={read} />
      </div>
    );
  }
  const { map } = result;
  if (!map?.pointsUrl || map.embeddingCount === null) return <MapStart result={result} drawn={read} />;
  return <DrawnMap key={map.id} {...props} {...{ result, map }} url={map.pointsUrl} />;
}

type Result = NonNullable<ResultMapQuery["clusteringResult"]>;

interface DrawnMapProps extends ResultMapProps {
  readonly result: Result;
  readonly map: NonNullable<Result["map"]>;
  readonly url: string;
}

const colouringNames: Record<Colouring, string> = {
  cluster: "cluster",
  network: "network",
  prompt: "prompt",
  model: "model",
  step: "step",
};

function DrawnMap(props: DrawnMapProps) {
  const { resultId, result, map, url, label = null, path, marked = null, pointed = null } = props;
  const { points, arrived, failure, retry } = usePoints(
    url,
    `${map.id} ${result.id}`,
    map.embeddingCount ?? 0,
  );
  const clusters = useNamedClusters(result.id, points, arrived);
  const colouring = colourings.find((each) => each === look.value.colour) ?? "cluster";
  const pinned = usePinned(points, arrived);
  const picture = useRef<(() => MapPicture) | null>(null);
  const names = useMemo(() => new Map(clusters.map(({ label, name }) => [label, name])), [clusters]);
  useEffect(() => {
    namesOnMap.value = { resultId, names };
  }, [resultId, names]);
  const clusterName = (of: number) =>
    of === outlier ? "outliers" : of === notClustered ? "not clustered" : (names.get(of) ?? `cluster ${of}`);
  // Points change in place.
  const rowsOfPath = useMemo(
    () => new Map((path && points.rowsOf(path))?.map((row, n) => [path![n], row])),
    [points, path, arrived === points.capacity],
  );
  const rows = useMemo(() => path && [...rowsOfPath.values()].filter((row) => row !== null), [rowsOfPath]);
  const rowOf = (id: string | null) => (id === null ? null : (rowsOfPath.get(id) ?? null));
  const title = `Map of ${counted(points.capacity, "embedding")} in ${counted(result.clusterCount ?? 0, "cluster")}`;

  const nameOf = ({ value }: Category) => {
    if (typeof value === "number") return clusterName(value);
    if (colouring === "network") return networkName(JSON.parse(value || "[]"));
    return value === "" ? "(empty)" : value;
  };
  const factsOf = (row: number) => {
    const network = points.network.values[points.network.codes[row]];
    return [
      ["cluster", points.labels[row] === outlier ? "none, an outlier" : clusterName(points.labels[row])],
      ["step", `${count(points.steps[row])} of ${networkName(JSON.parse(network || "[]"))}`],
      ["prompt", points.prompt.values[points.prompt.codes[row]]],
    ] as const;
  };
  const onSelect = (selection: MapSelection | null) => {
    const id = selection?.isPoint && selection.row !== null ? points.embeddingId(selection.row) : null;
    if (id !== null && props.onPathSelect && rowsOfPath.has(id)) {
      props.onPathSelect(id);
      return;
    }
    const point = id && bareId(id);
    const selected = selection?.label ?? notClustered;
    if (selected === label || (selected === notClustered && label === null)) changeLook({ point });
    else if (selected === notClustered) navigate({ view: "result", result: resultId }, { point });
    else if (selected === outlier) navigate({ view: "outliers", result: resultId }, { point });
    else navigate({ view: "cluster", result: resultId, label: selected }, { point });
  };

  return (
    <section class="map-frame" aria-label="Map">
      <div class="map-bar">
        <label>
          Colour by{" "}
          <select
            value={colouring}
            onChange={({ currentTarget: { value } }) =>
              changeLook({ colour: value === "cluster" ? null : value })
            }
          >
            {colourings.map((each) => (
              <option key={each} value={each}>
                {colouringNames[each]}
              </option>
            ))}
          </select>
        </label>
        <span class="map-facts">
          {arrived < points.capacity
            ? `${count(arrived)} of ${counted(points.capacity, "point")}`
            : counted(points.capacity, "point")}
          {map.trustworthiness !== null && (
            <span title="How well the map keeps neighbours, 0.5 to 1: 1 if each point's nearest points are its nearest embeddings. Distances between islands mean little.">
              , trustworthiness {map.trustworthiness.toFixed(2)}
            </span>
          )}
        </span>
        <Menu name="Save map">
          <button type="button" onClick={() => savePicture(picture.current, "svg")}>
            Picture, SVG
          </button>
          <button type="button" onClick={() => savePicture(picture.current, "png")}>
            Picture, PNG
          </button>
          <a href={ownAddress(url)} download>
            Points, Arrow
          </a>
        </Menu>
      </div>
      <FailureNotice failure={failure} retry={retry} />
      <EmbeddingMap
        {...{ title, points, arrived, clusters, onSelect, nameOf, picture }}
        colouring={colouring}
        theme={theme.value}
        path={rows}
        selected={{ label, row: pinned ?? rowOf(marked) }}
        pointed={rowOf(pointed)}
        at={look.value.at}
        onMoved={(at) => changeLook({ at })}
        describe={(row) => <PointFacts id={points.embeddingId(row)} facts={factsOf(row)} />}
      >
        {pinned !== null && (
          <PinnedPoint
            {...{ resultId }}
            id={points.embeddingId(pinned)}
            step={points.steps[pinned]}
            facts={factsOf(pinned)}
            labelsOf={(ids) => points.rowsOf(ids).map((row) => (row === null ? null : points.labels[row]))}
            select={(id) => {
              const [row] = points.rowsOf([id]);
              if (row !== null) onSelect({ label: points.labels[row], row, isPoint: true });
            }}
            close={() => changeLook({ point: null })}
          />
        )}
      </EmbeddingMap>
    </section>
  );
}

/** The row of the point that the address says is selected; null if there is none, or it has not arrived. */
function usePinned(points: PointTable, arrived: number): number | null {
  const { point } = look.value;
  // Points change in place.
  return useMemo(
    () => (point === null ? null : points.rowsOf([`Embedding:${point}`])[0]),
    [points, point, arrived === points.capacity],
  );
}

async function savePicture(picture: (() => MapPicture) | null, format: "svg" | "png"): Promise<void> {
  if (picture === null) return;
  const shown = picture();
  const blob =
    format === "svg"
      ? new Blob([...(await import("./mapSvg.js")).mapSvg(shown)], { type: "image/svg+xml" })
      : await (await import("./mapPng.js")).mapPng(shown);
  const address = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: address, download: `map.${format}` }).click();
  setTimeout(() => URL.revokeObjectURL(address));
}
