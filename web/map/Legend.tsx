import type { Category, ColouredPoints } from "./colouring.js";
import { cssColour } from "./colours.js";
import { pathWeights } from "./MapPath.js";

interface LegendProps {
  readonly colours: ColouredPoints;
  /** Whether a run's path is drawn. */
  readonly hasPath: boolean;
  /** What a category is called. */
  readonly nameOf: (category: Category) => string;
  /** The code of the category whose points do not fade; null if none fade. */
  readonly emphasised: number | null;
  readonly onEmphasise: (code: number | null) => void;
}

/**
 * What the colours of the points mean. A click on a category fades all others. Of clusters only what lies between them
 * is listed: their names are on the map.
 */
export function Legend({ colours, hasPath, nameOf, emphasised, onEmphasise }: LegendProps) {
  const { categories, others, range } = colours;
  const listed = categories?.filter(isListed) ?? [];
  if (!range && listed.length === 0 && !hasPath) return null;
  return (
    <div class="map-legend" data-over-map>
      {hasPath && <PathKey />}
      {range && <Ramp {...range} />}
      {listed.length > 0 && (
        <ul>
          {listed.map((category) => (
            <li key={category.code}>
              <button
                type="button"
                aria-pressed={emphasised === category.code}
                title={nameOf(category)}
                onClick={() => onEmphasise(emphasised === category.code ? null : category.code)}
              >
                <span class="map-swatch" style={{ background: cssColour(category.colour) }} />
                <span class="map-category">{nameOf(category)}</span>
                <span class="map-count">{category.count.toLocaleString()}</span>
              </button>
            </li>
          ))}
          {others && (
            <li class="map-rest">
              <span class="map-swatch map-swatch-muted" />
              <span class="map-category">{others.categories.toLocaleString()} more</span>
              <span class="map-count">{others.points.toLocaleString()}</span>
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

/** Numbers are the labels of clusters. */
const isListed = ({ value }: Category) => typeof value === "string" || value < 0;

/** How the path of a run is drawn: thin and pale where it begins, heavy where it ends. */
function PathKey() {
  return (
    <div class="map-path-key">
      <span>first step</span>
      <svg class="map-path" width="92" height="18" viewBox="0 0 92 18" aria-hidden="true">
        {pathWeights(keyParts).map((weight, part) => {
          const [from, to] = [part, part + 1].map((n) => 9 + (n * 74) / keyParts);
          return <path key={part} class="map-path-line" d={`M${from} 9H${to}`} style={weight} />;
        })}
        <circle class="map-path-start" cx="9" cy="9" r="6" />
        <circle class="map-path-end" cx="83" cy="9" r="6" />
      </svg>
      <span>last step</span>
    </div>
  );
}

const keyParts = 6;

function Ramp({ from, to, ramp }: NonNullable<ColouredPoints["range"]>) {
  const gradient = `linear-gradient(to right, ${ramp.map((colour) => cssColour(colour)).join(", ")})`;
  return (
    <div class="map-ramp">
      <span>step {from.toLocaleString()}</span>
      <span class="map-gradient" style={{ background: gradient }} />
      <span>{to.toLocaleString()}</span>
    </div>
  );
}
