// The addresses of the views, relative to the page's root. Ids are bare UUIDs in them.

export type Route =
  | { view: "results" }
  | { view: "result"; result: string }
  | { view: "cluster"; result: string; label: number }
  | { view: "outliers"; result: string }
  | { view: "sweep"; result: string }
  /** @property branch the number of the merge whose branch is shown; null: all merges */
  | { view: "merges"; result: string; branch: number | null }
  /**
   * @property result the clustering result whose clusters the steps have; null: the latest
   * @property step the number of the step that is to be seen; null: the first ones
   */
  | { view: "run"; run: string; result: string | null; step: number | null }
  /** Two clustering results, of which the first is taken for the earlier one. */
  | { view: "compare"; from: string; to: string }
  | { view: "unknown" };

const wholeNumber = /^\d{1,9}$/;
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Finds the view at an address. @param root the address of the page's first view, with a slash at the end */
export function readRoute(address: URL, root: URL): Route {
  if (!address.pathname.startsWith(root.pathname)) return { view: "unknown" };
  const parts = address.pathname.slice(root.pathname.length).split("/").map(decoded);
  const [kind, id, part, label, ...others] = parts;
  if (others.length > 0) return { view: "unknown" };
  if (kind === "" && parts.length === 1) return { view: "results" };
  if (!uuid.test(id ?? "")) return { view: "unknown" };
  if (kind === "runs" && parts.length === 2) {
    const result = address.searchParams.get("result");
    const step = address.searchParams.get("step") ?? "";
    return {
      ...{ view: "run", run: id, result: uuid.test(result ?? "") ? result : null },
      step: wholeNumber.test(step) ? Number(step) : null,
    };
  }
  if (kind === "compare" && parts.length === 3 && uuid.test(part))
    return { view: "compare", from: id, to: part };
  if (kind !== "results") return { view: "unknown" };
  if (parts.length === 2) return { view: "result", result: id };
  if ((part === "outliers" || part === "sweep") && parts.length === 3) return { view: part, result: id };
  if (part === "merges" && parts.length === 3) {
    const branch = address.searchParams.get("branch") ?? "";
    return { view: "merges", result: id, branch: wholeNumber.test(branch) ? Number(branch) : null };
  }
  if (part === "clusters" && wholeNumber.test(label ?? "")) {
    return { view: "cluster", result: id, label: Number(label) };
  }
  return { view: "unknown" };
}

/** The address of a view. */
export function routeAddress(route: Exclude<Route, { view: "unknown" }>, root: URL): URL {
  return new URL(relativeAddress(route), root);
}

function relativeAddress(route: Exclude<Route, { view: "unknown" }>): string {
  switch (route.view) {
    case "results":
      return "./";
    case "result":
      return `./results/${encodeURIComponent(route.result)}`;
    case "cluster":
      return `./results/${encodeURIComponent(route.result)}/clusters/${route.label}`;
    case "outliers":
    case "sweep":
      return `./results/${encodeURIComponent(route.result)}/${route.view}`;
    case "merges": {
      const query = route.branch === null ? "" : `?branch=${route.branch}`;
      return `./results/${encodeURIComponent(route.result)}/merges${query}`;
    }
    case "compare":
      return `./compare/${encodeURIComponent(route.from)}/${encodeURIComponent(route.to)}`;
    case "run": {
      const query = new URLSearchParams({
        ...(route.result !== null && { result: route.result }),
        ...(route.step !== null && { step: String(route.step) }),
      });
      return `./runs/${encodeURIComponent(route.run)}${query.size > 0 ? `?${query}` : ""}`;
    }
  }
}

/** Whether two views are parts of one page: those of a result beside its map, or the steps of a run. */
export function isSamePage(one: Route, other: Route): boolean {
  if (one.view === "run" || other.view === "run")
    return one.view === "run" && other.view === "run" && one.run === other.run;
  return "result" in one && "result" in other && one.result === other.result;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone percent sign
  }
}

/** The UUID of an id of the API, such as "Run:0198c1b2-…". */
export function bareId(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}
