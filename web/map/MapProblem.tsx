interface MapProblemProps {
  readonly state: "drawn" | "unsupported" | "lost";
}

const problems = {
  unsupported: [
    "The points cannot be drawn here",
    "The map needs WebGL 2, which this browser lacks or has switched off. The names are where the clusters are; the list has all of them.",
  ],
  lost: [
    "The graphics processor is away",
    "The browser has taken it from this page, and the map is drawn again as soon as it gives it back. The list of clusters works meanwhile.",
  ],
};

/** Why the points are not to be seen. */
export function MapProblem({ state }: MapProblemProps) {
  if (state === "drawn") return null;
  const [what, why] = problems[state];
  return (
    <div class="map-problem" role="alert">
      <strong>{what}</strong>
      <p>{why}</p>
    </div>
  );
}
