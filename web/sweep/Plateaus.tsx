import { count, counted } from "../parts/format.js";
import { methodName } from "./methodName.js";
import { plateausOf } from "./plateaus.js";
import { methods, type SweepPoint } from "./sweepPlot.js";

/** In words, where the size hardly matters. */
export function Plateaus({ points }: { points: readonly SweepPoint[] }) {
  const plateaus = methods.flatMap((method) =>
    plateausOf(points.filter((point) => point.clusterSelectionMethod === method)),
  );
  if (plateaus.length === 0) return <p>No two neighbouring sizes give nearly the same clusters.</p>;
  return (
    <>
      <p>Between these sizes the clusters hardly change, so the choice among them hardly matters:</p>
      <ul class="plateaus">
        {plateaus.map((plateau) => {
          const [first, last] = [plateau[0], plateau[plateau.length - 1]];
          return (
            <li key={`${first.clusterSelectionMethod} ${first.minClusterSize}`}>
              {methodName(first.clusterSelectionMethod)}, {count(first.minClusterSize)} to{" "}
              {count(last.minClusterSize)}: {clusterRange(plateau)}
            </li>
          );
        })}
      </ul>
    </>
  );
}

function clusterRange(plateau: readonly SweepPoint[]): string {
  const counts = plateau.map(({ clusterCount }) => clusterCount);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? counted(most, "cluster") : `${count(least)} to ${counted(most, "cluster")}`;
}
