import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { revision } from "../client/connection.js";
import { execute } from "../client/execute.js";
import { asFailure } from "../client/failure.js";
import { retrySeconds } from "../client/retry.js";
import { type ClusterTextsQuery, clusterTexts } from "../generated/operations.js";

type ClusterText = NonNullable<ClusterTextsQuery["clusteringResult"]>["clusters"]["edges"][number]["node"];

/** Clusters are read in pages of this many, because their texts may be long. */
const clustersPerPage = 100;
/** How many clusters have names on the map, the largest: more names would not fit, even where one has zoomed in. */
const mostNamed = 1000;

/**
 * The clusters of a result whose names are on the map, with the texts of their medoids, as they are read.
 * @param id global id of the result
 */
export function useClusterTexts(id: string): readonly ClusterText[] {
  const read = useSignal<{ id: string; clusters: readonly ClusterText[] }>({ id, clusters: none });
  const again = revision.value;
  // Again after the server was gone.
  useEffect(() => {
    const cancelled = new AbortController();
    const { signal } = cancelled;
    let failed = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const readAll = async () => {
      let after: string | null = null;
      let clusters: ClusterText[] = [];
      do {
        const variables = { id, first: clustersPerPage, after };
        const page: ClusterTextsQuery = await execute(clusterTexts, variables, signal);
        const connection = page.clusteringResult?.clusters;
        if (!connection || signal.aborted) return;
        clusters = [...clusters, ...connection.edges.map(({ node }) => node)];
        read.value = { id, clusters };
        after = connection.pageInfo.hasNextPage ? connection.pageInfo.endCursor : null;
      } while (after !== null && clusters.length < mostNamed);
    };
    // The list of clusters, which reads the same, says what is wrong.
    const readOrWait = () =>
      readAll().catch((error: unknown) => {
        if (signal.aborted) return;
        failed++;
        const seconds = retrySeconds(asFailure(error), failed);
        if (seconds !== null) timer = setTimeout(readOrWait, 1000 * seconds);
      });
    readOrWait();
    return () => {
      cancelled.abort();
      clearTimeout(timer);
    };
  }, [id, again]);
  return read.value.id === id ? read.value.clusters : none;
}

const none: readonly ClusterText[] = [];
