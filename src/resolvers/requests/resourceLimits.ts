import type { App } from "../../app.js";
import type { Estimate } from "../../clustering/index.js";
import type { EmbeddingSelection } from "../../database/bulkStore.js";
import { ResourceLimitError } from "../errors.js";

/** A way to do the requested work. */
export interface Way {
  /** @param distinct number of distinct vectors. The memory does not include the vectors themselves */
  estimate: (distinct: number) => Estimate;
}

/** A way that is suggested if the requested one takes too much. */
export interface Alternative extends Way {
  name: "HDBSCAN" | "APPROXIMATE_HDBSCAN";
}

/**
 * Estimates what work on embeddings takes, the vectors included: if the server's limits allow it, as if all of them
 * were distinct.
 * @param signal once it aborts, counting stops
 * @returns the estimate, and the error if it is above a limit
 */
export async function checkLimits(
  { settings, database }: Pick<App, "settings" | "database">,
  selection: EmbeddingSelection,
  { rows, dimensions }: { rows: number; dimensions: number },
  requested: Way,
  alternative: Alternative | null,
  signal?: AbortSignal,
): Promise<{ needed: Estimate; error: ResourceLimitError | null }> {
  const needed = (way: Way, distinct: number): Estimate => {
    const { seconds, bytes } = way.estimate(distinct);
    return { seconds, bytes: rows * dimensions * Float32Array.BYTES_PER_ELEMENT + bytes };
  };
  const fits = ({ seconds, bytes }: Estimate) =>
    seconds <= settings.clusteringSecondsLimit && bytes <= settings.clusteringBytesLimit;
  const atMost = needed(requested, rows);
  if (fits(atMost)) return { needed: atMost, error: null };

  // Copies of a vector cost almost nothing, so that distinct texts count. They are counted only at this
  // point, because that reads all texts. Others may have been recorded since the rows were counted, hence the
  // minimum.
  const distinct = Math.min(rows, await database.bulk.countDistinctTexts(selection, { signal }));
  const { seconds, bytes } = needed(requested, distinct);
  if (fits({ seconds, bytes })) return { needed: { seconds, bytes }, error: null };
  const suggestion = alternative && fits(needed(alternative, distinct)) ? alternative.name : null;
  const message =
    `${rows} embeddings of ${dimensions} dimensions would take about ${Math.ceil(seconds)} s and ` +
    `${Math.ceil(bytes / 1e6)} MB; this server allows ${settings.clusteringSecondsLimit} s and ` +
    `${Math.floor(settings.clusteringBytesLimit / 1e6)} MB.` +
    (suggestion ? ` ${suggestion} would fit.` : " A filter or everyNth makes it smaller.");
  return {
    needed: { seconds, bytes },
    error: new ResourceLimitError(message, seconds, bytes, suggestion),
  };
}
