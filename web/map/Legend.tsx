import type { Category, ColouredPoints } from "./colouring.js";
import { cssColour } from "./colours.js";

interface LegendProps {
  readonly colours: ColouredPoints;
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
export function Legend({ colours, nameOf, emphasised, onEmphasise }: LegendProps) {
  const { categories, others, range } = colours;
  if (!range && !categories?.some(isListed)) return null;
  return (
    <div class="map-legend" data-over-map>
      {range && <Ramp {...range} />}
      {categories && (
        <ul>
          {categories.filter(isListed).map((category) => (
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
