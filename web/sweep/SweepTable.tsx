import { count, counted, percent } from "../parts/format.js";
import { methodName } from "./methodName.js";
import { plateausOf } from "./plateaus.js";
import { type Method, methods, type SweepPoint } from "./sweepPlot.js";

interface SweepTableProps<Point extends SweepPoint> {
  points: readonly Point[];
  /** Number of embeddings, more than 0. */
  total: number;
  isOwn(point: Point): boolean;
  choose(point: Point): void;
}

/** The numbers of a sweep: a row for each size, with a button for each method that chooses the setting. */
export function SweepTable<Point extends SweepPoint>({
  points,
  total,
  isOwn,
  choose,
}: SweepTableProps<Point>) {
  const sizes = [...new Set(points.map(({ minClusterSize }) => minClusterSize))];
  const shown = methods.filter((method) =>
    points.some(({ clusterSelectionMethod }) => clusterSelectionMethod === method),
  );
  const of = (method: Method) => points.filter((point) => point.clusterSelectionMethod === method);
  const onPlateau = new Set(shown.flatMap((method) => plateausOf(of(method)).flat()));
  return (
    <table class="sweep-table">
      <caption>
        A number of clusters leads to the form with its parameters. A bar beside it is a plateau.
      </caption>
      <thead>
        <tr>
          <th rowSpan={2} scope="col">
            size
          </th>
          {shown.map((method) => (
            <th key={method} colSpan={2} scope="colgroup">
              {methodName(method)}
            </th>
          ))}
        </tr>
        <tr>
          {shown.map((method) => [
            <th key={`${method} clusters`} scope="col">
              clusters
            </th>,
            <th key={`${method} outliers`} scope="col">
              outliers
            </th>,
          ])}
        </tr>
      </thead>
      <tbody>
        {sizes
          .sort((a, b) => a - b)
          .map((size) => (
            <tr key={size}>
              <th scope="row">{count(size)}</th>
              {shown.map((method) => {
                const point = of(method).find(({ minClusterSize }) => minClusterSize === size);
                if (!point) return <td key={method} colSpan={2} />;
                const { clusterCount, outlierCount } = point;
                return [
                  <td key={`${method} clusters`} class={onPlateau.has(point) ? "on-plateau" : undefined}>
                    <button
                      type="button"
                      aria-current={isOwn(point) ? "true" : undefined}
                      aria-label={`${counted(clusterCount, "cluster")} of ${count(size)} or more, ${methodName(method)}${onPlateau.has(point) ? ", on a plateau" : ""}${isOwn(point) ? ", this clustering" : ""}`}
                      onClick={() => choose(point)}
                    >
                      {count(clusterCount)}
                    </button>
                  </td>,
                  <td key={`${method} outliers`}>{percent(outlierCount / total)}</td>,
                ];
              })}
            </tr>
          ))}
      </tbody>
    </table>
  );
}
