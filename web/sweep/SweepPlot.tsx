import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { cssColour, mapColours } from "../map/colours.js";
import { theme } from "../parts/theme.js";
import { useWidth } from "../parts/useWidth.js";
import { methodName } from "./methodName.js";
import { type Method, methods, type SweepPicture, type SweepPoint, sweepPicture } from "./sweepPlot.js";

interface SweepPlotProps<Point extends SweepPoint> {
  points: readonly Point[];
  /** Number of embeddings, more than 0. */
  total: number;
  /** Whether a point has the parameters of the clustering itself. */
  isOwn(point: Point): boolean;
  /** What is said of the point under the pointer. */
  describe(point: Point): string;
  choose(point: Point): void;
}

/** The colour of a method's line and points. */
const colourOf = (method: Method) => cssColour(mapColours[theme.value].categories[methods.indexOf(method)]);

/** Clusters and outliers over the minimum cluster size; a click on a point chooses it. */
export function SweepPlot<Point extends SweepPoint>(props: SweepPlotProps<Point>) {
  const { points, total, isOwn, describe, choose } = props;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const pointed = useSignal<Point | null>(null);
  const picture = width > 0 ? sweepPicture(points, total, width) : null;
  const own = points.find(isOwn);
  return (
    <figure class="sweep-plot">
      <div ref={frame}>
        {picture && (
          // What it shows is in the table as well, by whose buttons the keyboard chooses.
          <svg
            width={picture.width}
            height={picture.height}
            role="img"
            aria-label="Numbers of clusters and shares of outliers over the minimum cluster size, as in the table that follows"
          >
            <Axes picture={picture} own={own} />
            {picture.panels.flatMap(({ name, series }) =>
              series.map(({ method, line, plateaus }) => (
                <g key={`${name} ${method}`} stroke={colourOf(method)} fill="none">
                  {plateaus.map((plateau) => (
                    <polyline key={plateau} class="plateau" points={plateau} />
                  ))}
                  <polyline class={method === "LEAF" ? "line leaves" : "line"} points={line} />
                </g>
              )),
            )}
            {picture.panels.flatMap(({ name, series }) =>
              series.toReversed().flatMap((each) =>
                each.points.map(({ x, y, point }) => (
                  // biome-ignore lint/a11y/noStaticElementInteractions: the table has buttons
                  <g
                    key={`${name} ${each.method} ${point.minClusterSize}`}
                    class={pointed.value === point ? "setting pointed" : "setting"}
                    transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}
                    stroke={colourOf(each.method)}
                    fill={colourOf(each.method)}
                    onPointerEnter={() => (pointed.value = point)}
                    onPointerLeave={() => (pointed.value = null)}
                    onClick={() => choose(point)}
                  >
                    <circle class="reach" r="12" />
                    {point === own && <circle class="own" r="9" />}
                    <Mark method={each.method} />
                  </g>
                )),
              ),
            )}
          </svg>
        )}
      </div>
      <figcaption>
        <p class="sweep-pointed" aria-hidden>
          {pointed.value ? describe(pointed.value) : "Click a point to cluster with its parameters."}
        </p>
        <ul class="sweep-legend">
          {methods
            .filter((method) => points.some((point) => point.clusterSelectionMethod === method))
            .map((method) => (
              <li key={method}>
                <Sample>
                  <g stroke={colourOf(method)} fill={colourOf(method)}>
                    <line class={method === "LEAF" ? "line leaves" : "line"} x1="1" x2="27" />
                    <g transform="translate(14 0)">
                      <Mark method={method} />
                    </g>
                  </g>
                </Sample>
                {methodName(method)}
              </li>
            ))}
          <li>
            <Sample>
              <line class="plateau" stroke={colourOf(methods[0])} x1="5" x2="23" />
            </Sample>
            a plateau
          </li>
          <li>
            <Sample>
              <circle class="own" cx="14" r="6" />
            </Sample>
            this clustering
          </li>
        </ul>
      </figcaption>
    </figure>
  );
}

/** The scales: lines across the plots, with their numbers. */
function Axes<Point extends SweepPoint>({ picture, own }: { picture: SweepPicture<Point>; own?: Point }) {
  const { left, right, panels, sizes, height } = picture;
  const last = panels[panels.length - 1];
  const ownX = panels[0].series.flatMap(({ points }) => points).find(({ point }) => point === own)?.x;
  return (
    <g class="axes">
      {panels.map(({ name, top, bottom, ticks }) => (
        <g key={name}>
          <text class="panel-name" x={left} y={top - 8}>
            {name}
          </text>
          {ticks.map(({ at, text }) => (
            <g key={text}>
              <line x1={left} x2={right} y1={at} y2={at} />
              <text x={left - 9} y={at} dy="0.33em" text-anchor="end">
                {text}
              </text>
            </g>
          ))}
          {ownX !== undefined && <line class="own-size" x1={ownX} x2={ownX} y1={top} y2={bottom} />}
        </g>
      ))}
      {sizes.map(({ at, text }) => (
        <text key={text} x={at} y={last.bottom + 16} text-anchor="middle">
          {text}
        </text>
      ))}
      <text x={right} y={height - 4} text-anchor="end">
        minimum cluster size
      </text>
    </g>
  );
}

/** What marks a setting: methods differ in more than their colour. */
function Mark({ method }: { method: Method }) {
  // Both are seen where methods give the same: the point lies in the square.
  if (method === "LEAF") return <rect class="mark-of-method" x="-5.5" y="-5.5" width="11" height="11" />;
  return <circle class="mark-of-method" r="3.5" />;
}

/** What a line of the legend looks like in the plot. */
function Sample({ children }: { children: ComponentChildren }) {
  return (
    <svg width="28" height="16" viewBox="0 -8 28 16" aria-hidden="true">
      {children}
    </svg>
  );
}
