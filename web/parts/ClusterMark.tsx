import { clusterColour, cssColour } from "../map/colours.js";
import { theme } from "./theme.js";

/** A dot in the colour that a cluster has in every view. @param label −1 for outliers */
export function ClusterMark({ label }: { label: number }) {
  return (
    <span class="mark" style={{ background: cssColour(clusterColour(label, theme.value)) }} aria-hidden />
  );
}
