import { useRef } from "preact/hooks";
import { count, percent } from "../parts/format.js";
import { useWidth } from "../parts/useWidth.js";
import { useKept } from "../router/historyEntries.js";
import { curvePicture, firstPlace, type Joining, multipleText } from "./joiningCurve.js";

interface JoiningPlotProps {
  /** At least two multiples, in even steps. */
  curve: readonly Joining[];
  /** Number of outliers, more than 0. */
  total: number;
}

/** How many outliers would join their nearest cluster, over a distance that one moves; it changes nothing. */
export function JoiningPlot({ curve, total }: JoiningPlotProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const chosen = useKept<number | null>("distance of joining outliers", null);
  const place = Math.min(chosen.value ?? firstPlace(curve), curve.length - 1);
  const { within, outlierCount } = curve[place];
  const shares = `${count(outlierCount)} of ${count(total)}, ${percent(outlierCount / total)}`;
  const picture = width > 0 ? curvePicture(curve, total, width) : null;
  const last = curve[curve.length - 1];
  return (
    <figure class="joining">
      <figcaption>
        <h3>How many are near a cluster</h3>
        <p>
          <output aria-live="off">
            Within <strong>{multipleText(within)}</strong> times the largest height of their nearest cluster:{" "}
            <strong>{shares}</strong>
          </output>
          .
        </p>
      </figcaption>
      <div ref={frame}>
        {picture && (
          <svg
            width={picture.width}
            height={picture.height}
            role="img"
            aria-label={`The share of outliers that join their nearest cluster: from ${percent(curve[0].outlierCount / total)} within ${multipleText(curve[0].within)} times its largest height to ${percent(last.outlierCount / total)} within ${multipleText(last.within)} times`}
          >
            {picture.shares.map(({ at, text }) => (
              <g key={text}>
                <line class="grid" x1={picture.left} x2={picture.right} y1={at} y2={at} />
                <text x={picture.left - 9} y={at} dy="0.33em" text-anchor="end">
                  {text}
                </text>
              </g>
            ))}
            {picture.multiples.map(({ at, text }, n) => (
              <text key={text} x={at} y={picture.bottom + 16} text-anchor={anchors[n]}>
                {text}
              </text>
            ))}
            <polygon class="area" points={picture.area} />
            <polyline class="curve" points={picture.line} />
            <line
              class="chosen"
              x1={picture.places[place].x}
              x2={picture.places[place].x}
              y1={picture.top}
              y2={picture.bottom}
            />
            <circle class="chosen" cx={picture.places[place].x} cy={picture.places[place].y} r="5" />
          </svg>
        )}
        <input
          type="range"
          min="0"
          max={curve.length - 1}
          value={place}
          aria-label="Distance, in multiples of the largest height of the nearest cluster"
          aria-valuetext={`within ${multipleText(within)} times: ${shares}`}
          onInput={({ currentTarget }) => (chosen.value = Number(currentTarget.value))}
        />
      </div>
      <p class="muted">
        The largest height of a cluster is the distance at which all its members are joined: within 1.1 times
        that, the step to the cluster is hardly longer than the longest step within it. Moving the slider
        changes nothing.
      </p>
    </figure>
  );
}

const anchors = ["start", "middle", "end"] as const;
