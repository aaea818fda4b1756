import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { readPlace, toView, writePlace } from "./camera.js";
import { type Category, type Colouring, colourPoints } from "./colouring.js";
import { cssColour, mapColours, type Theme } from "./colours.js";
import { isDirectionKey, nextPlace } from "./directions.js";
import { Legend } from "./Legend.js";
import type { Box } from "./labelPlacement.js";
import { MapNames } from "./MapNames.js";
import { MapPath } from "./MapPath.js";
import { MapProblem } from "./MapProblem.js";
import { MapRing } from "./MapRing.js";
import { MapTip } from "./MapTip.js";
import type { MapPicture } from "./mapSvg.js";
import { MapView } from "./mapView.js";
import type { MapCluster, PlacedName } from "./placedNames.js";
import { indexPoints, type PointIndex } from "./pointIndex.js";
import type { PointTable } from "./pointTable.js";

/** What is selected on a map: a cluster, or one point of it. */
export interface MapSelection {
  /** The label of the cluster; −1 for outliers, −2 for a point without a cluster. */
  readonly label: number;
  /** The row of the point; null if it has not arrived. */
  readonly row: number | null;
  /** Whether the point itself was selected, instead of the cluster whose medoid it is. */
  readonly isPoint: boolean;
}

export interface EmbeddingMapProps {
  /** What the map is of, for those who do not see it. */
  readonly title: string;
  readonly points: PointTable;
  /** Rises whenever points have arrived. */
  readonly arrived: number;
  /** The clusters that have names, the largest first; empty if no clustering is shown. */
  readonly clusters: readonly MapCluster[];
  readonly colouring: Colouring;
  readonly theme: Theme;
  /** The cluster whose points do not fade, and the row of the point that has a ring; null for none. */
  readonly selected: { readonly label: number | null; readonly row: number | null } | null;
  /** Instead of a cluster, 1 for each row whose point does not fade, and 0 for the others; null for none. */
  readonly emphasised?: Uint8Array | null;
  /** The row of a point that has a ring because what stands for it elsewhere is under the pointer; null for none. */
  readonly pointed?: number | null;
  /** The rows of points that are joined by a line, in their order. */
  readonly path?: readonly number[];
  /** What is seen, as `writePlace` writes it; null for the whole map. */
  readonly at: string | null;
  /** Called with what is seen, once the view rests. */
  readonly onMoved: (at: string | null) => void;
  readonly onSelect: (selection: MapSelection | null) => void;
  /** What is shown beside the point under the pointer. */
  readonly describe: (row: number) => ComponentChildren;
  /** What a category of the legend is called. */
  readonly nameOf: (category: Category) => string;
  /** What lies over the map besides. */
  readonly children?: ComponentChildren;
  /** Is set to a function that returns what is seen, for a picture of it. */
  readonly picture?: { current: (() => MapPicture) | null };
}

/** A label that no point has: all fade but the path, which is drawn above them. */
const onlyPath = -4;
/** How many pixels the pointer may be away from a point. */
const reach = 10;
/** After which time without a movement the view rests. */
const restMilliseconds = 400;

/**
 * A map of embeddings: its points, the names of clusters, a legend, and what is under the pointer. One moves it by
 * dragging, pinching and the wheel, or by keys: arrows go from medoid to medoid, + and − zoom, 0 shows all, Enter
 * selects.
 */
export function EmbeddingMap(props: EmbeddingMapProps) {
  const { points, arrived, clusters, colouring, theme, selected, path, onSelect } = props;
  const rows = props.emphasised ?? null;
  const frame = useRef<HTMLDivElement>(null);
  const surface = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = useMemo(() => new MapView(), []);
  const hovered = useSignal<number | null>(null);
  const active = useSignal<number | null>(null);
  const emphasised = useSignal<number | null>(null);
  const announced = useSignal("");
  const names = useRef<readonly PlacedName[]>([]);
  const obstacles = useObstacles(frame, `${Boolean(props.children)} ${colouring} ${arrived > 0}`);

  useLayoutEffect(() => view.attach(surface.current!, canvas.current!), [view]);
  useLayoutEffect(() => view.setPoints(points), [view, points]);
  useLayoutEffect(() => view.update(), [view, arrived]);
  // Only what has arrived has colours.
  // Points change in place.
  const colours = useMemo(() => colourPoints(points, colouring, theme), [points, arrived, colouring, theme]);
  useLayoutEffect(() => view.setColours(colours, theme), [view, colours, theme]);
  useShownPlace(view, props);
  const { background, text } = mapColours[theme];
  const selectedLabel = selected?.label ?? null;
  useLayoutEffect(() => {
    const code = emphasised.value;
    if (code !== null) view.setEmphasis({ code });
    else if (rows !== null) view.setEmphasis({ rows });
    else if (selectedLabel !== null) view.setEmphasis({ label: selectedLabel });
    else view.setEmphasis(path ? { label: onlyPath } : null);
  }, [view, selectedLabel, rows, emphasised.value, path !== undefined]);

  if (props.picture)
    props.picture.current = () => ({
      ...{ title: props.title, points, colours, style: view.style },
      ...{ camera: view.camera.peek(), size: view.size.peek(), names: names.current },
    });

  const index = useIndex(points, arrived);
  const picking = (event: { clientX: number; clientY: number }) => {
    const { left, top } = surface.current!.getBoundingClientRect();
    return (
      index.current?.nearest(view.camera.peek(), event.clientX - left, event.clientY - top, reach) ?? null
    );
  };
  /** The point that was under the pointer when it was pressed: what was seen to be there is what is selected. */
  const pressed = useRef<number | null>(null);
  const select = (row: number | null) =>
    onSelect(row === null ? null : { label: points.labels[row], row, isPoint: true });
  const selectCluster = (label: number) =>
    onSelect({ label, row: points.medoids.get(label) ?? null, isPoint: false });

  const activate = (label: number) => {
    const row = points.medoids.get(label);
    if (row === undefined) return;
    active.value = label;
    view.reveal(points.x[row], points.y[row]);
    const cluster = clusters.find((each) => each.label === label);
    announced.value = cluster ? `${cluster.name}, ${cluster.size.toLocaleString()}` : "";
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== surface.current) return;
    if (isDirectionKey(key)) {
      const places = clusters.flatMap(({ label }) => {
        const row = points.medoids.get(label);
        if (row === undefined) return [];
        const [x, y] = toView(view.camera.peek(), points.x[row], points.y[row]);
        return [{ label, x, y }];
      });
      const { width, height } = view.size.peek();
      const from = places.find(({ label }) => label === active.value) ?? null;
      const next = nextPlace(places, from, key, { x: width / 2, y: height / 2 });
      if (next) activate(next.label);
    } else if (key === "+" || key === "=") view.zoomBy(1);
    else if (key === "-" || key === "−") view.zoomBy(-1);
    else if (key === "0") view.fit();
    else if ((key === "Enter" || key === " ") && active.value !== null) selectCluster(active.value);
    else if (key === "Escape") {
      active.value = null;
      onSelect(null);
    } else return;
    event.preventDefault();
  };

  return (
    <div
      ref={frame}
      class="map"
      data-theme={theme}
      style={{ "--map-background": cssColour(background), "--map-text": cssColour(text) }}
    >
      <div
        ref={surface}
        class="map-surface"
        role="application"
        aria-roledescription="map"
        aria-label={`${props.title}. Arrow keys go from cluster to cluster, Enter selects one, plus and minus zoom, 0 shows all.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the map is moved by keys
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerMove={(event) => {
          if (event.buttons === 0) hovered.value = picking(event);
        }}
        onPointerDown={() => {
          pressed.current = hovered.peek();
          hovered.value = null;
        }}
        onPointerLeave={() => {
          hovered.value = null;
        }}
        onClick={(event) => {
          const named = (event.target as Element).closest("[data-label]");
          const label = named === null ? null : Number(named.getAttribute("data-label"));
          if (label === null) select(pressed.current ?? picking(event));
          else selectCluster(label);
        }}
      >
        <canvas ref={canvas} class="map-points" />
        <svg class="map-overlay" aria-hidden="true">
          {path && path.length > 0 && <MapPath {...{ view, points, path, colours }} />}
          <MapNames
            {...{ view, points, arrived, clusters, obstacles, names }}
            preferred={active.value ?? selectedLabel}
            fades={selectedLabel !== null || rows !== null}
          />
          <MapRing view={view} points={points} row={hovered.value ?? props.pointed ?? null} kind="hovered" />
          <MapRing view={view} points={points} row={selected?.row ?? null} kind="selected" />
          <MapRing
            view={view}
            points={points}
            row={points.medoids.get(active.value ?? NaN) ?? null}
            kind="active"
          />
        </svg>
      </div>
      <MapTip view={view} points={points} row={hovered.value} describe={props.describe} />
      <MapProblem state={view.state.value} />
      {props.children}
      <Legend
        colours={colours}
        hasPath={path !== undefined && path.length > 1}
        nameOf={props.nameOf}
        emphasised={emphasised.value}
        onEmphasise={(code) => {
          emphasised.value = code;
        }}
      />
      <div class="map-controls" data-over-map>
        <button type="button" aria-label="Zoom in" title="Zoom in (+)" onClick={() => view.zoomBy(1)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" title="Zoom out (−)" onClick={() => view.zoomBy(-1)}>
          −
        </button>
        <button type="button" aria-label="Show all" title="Show all (0)" onClick={() => view.fit()}>
          ⤢
        </button>
      </div>
      <div class="visually-hidden" aria-live="polite">
        {announced.value}
      </div>
    </div>
  );
}

/** Shows what the address says is seen, and tells what is seen after the view was moved. */
function useShownPlace(view: MapView, { at, onMoved, selected, points, arrived }: EmbeddingMapProps): void {
  const known = useRef<string | null>(null);
  const of = useRef(points);
  const moved = useRef(onMoved);
  moved.current = onMoved;
  useLayoutEffect(() => {
    if (at === known.current && points === of.current) return;
    known.current = at;
    of.current = points;
    view.goTo(readPlace(at));
  }, [view, points, at]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = view.place.subscribe((place) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const seen = place && writePlace(place);
        if (seen === known.current || view.isAwaiting) return;
        known.current = seen;
        moved.current(seen);
      }, restMilliseconds);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [view]);
  const row = selected?.row ?? null;
  useEffect(() => {
    if (row !== null && !view.isAwaiting) view.reveal(points.x[row], points.y[row], 0);
  }, [view, row, arrived === points.capacity]);
}

/** The index of all points, made when all have arrived and the browser has time. */
function useIndex(points: PointTable, arrived: number) {
  const index = useRef<PointIndex | null>(null);
  // Points change in place.
  useEffect(() => {
    index.current = null;
    if (points.count < points.capacity) return;
    const timer = setTimeout(() => {
      index.current = indexPoints(points);
    });
    return () => clearTimeout(timer);
  }, [points, points.count === points.capacity ? points.capacity : arrived]);
  return index;
}

/** What lies over the map, relative to it: names must not be written there. */
function useObstacles(frame: RefObject<HTMLElement>, shown: string): Signal<readonly Box[]> {
  const obstacles = useSignal<readonly Box[]>([]);
  // `shown` changes when something else lies over the map.
  useLayoutEffect(() => {
    const map = frame.current!;
    const over = map.querySelectorAll("[data-over-map]");
    const measure = () => {
      const { left, top } = map.getBoundingClientRect();
      obstacles.value = Array.from(over, (element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x: x - left, y: y - top, width, height };
      });
    };
    const observer = new ResizeObserver(measure);
    for (const element of [map, ...over]) observer.observe(element);
    return () => observer.disconnect();
  }, [frame, obstacles, shown]);
  return obstacles;
}
