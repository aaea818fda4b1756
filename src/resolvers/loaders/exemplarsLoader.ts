import DataLoader from "dataloader";
import type { App } from "../../app.js";
import type { Exemplars } from "../../clustering/exemplars.js";
import { firstOfVector } from "../../database/embeddings/firstOfVector.js";
import type { SqlDialect } from "../../database/sqlDialect.js";
import { otherClusters, treeAndClusters } from "../analysis/treeAndClusters.js";
import { deletedMeanwhile } from "../requestError.js";
import { requireLimit } from "../requireLimit.js";
import {
  type ClusteringResultRow,
  type ClusterRow,
  columnList,
  type EmbeddingRow,
  embeddingColumns,
} from "../rows.js";
import { type SqlReader, statement } from "../statement.js";
import { type NodeLoader, present } from "./nodeLoader.js";

export const defaultExemplarLimit = 5;
export const largestExemplarLimit = 100;

/** Of a cluster: what has been found, and the exemplars that have not been looked at yet, by their numbers. */
interface Search {
  cluster: ClusterRow;
  found: EmbeddingRow[];
  texts: Set<string>;
  left: Int32Array;
}

interface Parents {
  clusteringResult: DataLoader<string, ClusteringResultRow | null>;
  embedding: NodeLoader<EmbeddingRow>;
}

/**
 * The SELECT of an embedding and its text for each cluster's id and number of a distinct vector. It reads only these rows.
 * @param placeholder of the pairs, as `SqlDialect.pairs` takes them
 */
export const embeddingsOfPairs = (dialect: SqlDialect, placeholder: string): string => `
  SELECT "pair"."id" AS "clusterId", "pair"."number" AS "number", "invocation"."outputText" AS "text",
    ${columnList(embeddingColumns, "embedding")}
  FROM ${dialect.pairs(placeholder)} ${dialect.joins([
    { table: `"Embedding"`, as: "embedding", on: `"embedding"."id" = ${firstOfVector}` },
    { table: `"Invocation"`, as: "invocation", on: `"invocation"."id" = "embedding"."invocationId"` },
  ])}`;

/**
 * The exemplars of clusters, densest first, of which no two have the same text.
 * @throws RequestError if the limit is out of range; for each cluster as `treeOfResult`
 */
export function exemplarsLoader(
  app: Pick<App, "analyses">,
  reader: SqlReader,
  { clusteringResult, embedding }: Parents,
  limit: number,
): DataLoader<ClusterRow, EmbeddingRow[], string> {
  requireLimit(limit, largestExemplarLimit);

  async function exemplarsOf(clusteringResultId: string): Promise<Exemplars> {
    const row = await present(clusteringResult, clusteringResultId);
    const { tree, own, medoids, points } = await treeAndClusters(app, row, reader);
    const input = { own, medoids, points };
    const exemplars = await app.analyses.run("exemplars", tree, input, { signal: reader.signal });
    if (exemplars === null) throw otherClusters(row);
    return exemplars;
  }

  /** Looks at the next exemplars of each cluster, by one statement. */
  async function lookOn(searches: Search[], count: number): Promise<void> {
    const pairs = searches.flatMap(({ cluster, left }) =>
      Array.from(left.subarray(0, count), (number): [string, number] => [cluster.id, number]),
    );
    const { dialect } = reader;
    const { parameter, queryLong } = statement(reader);
    const rows = await queryLong(embeddingsOfPairs(dialect, parameter(JSON.stringify(pairs))));
    if (rows.length !== pairs.length) throw deletedMeanwhile();
    const found = new Map(rows.map((row) => [`${row.clusterId} ${row.number}`, row]));
    for (const search of searches) {
      for (const number of search.left.subarray(0, count)) {
        const { clusterId: _, number: __, text, ...columns } = found.get(`${search.cluster.id} ${number}`)!;
        if (search.found.length === limit || search.texts.has(text as string)) continue;
        if (text !== null) search.texts.add(text as string); // pictures differ if their vectors do
        search.found.push(columns as EmbeddingRow);
      }
      search.left = search.left.subarray(count);
    }
  }

  return new DataLoader<ClusterRow, EmbeddingRow[], string>(
    async (clusters) => {
      const resultIds = [...new Set(clusters.map((cluster) => cluster.clusteringResultId))];
      const ofResult = new Map<string, Exemplars | Error>();
      for (const id of resultIds) {
        ofResult.set(id, await exemplarsOf(id).catch((error: Error) => error));
      }
      const searches = clusters.map((cluster): Search | Error => {
        const exemplars = ofResult.get(cluster.clusteringResultId)!;
        if (exemplars instanceof Error) return exemplars;
        const { numbers, first } = exemplars;
        const left = numbers.subarray(first[cluster.label], first[cluster.label + 1]);
        return { cluster, found: [], texts: new Set(), left };
      });
      for (let count = 2 * limit; ; count *= 2) {
        const open = searches.filter(
          (search): search is Search =>
            !(search instanceof Error) && search.found.length < limit && search.left.length > 0,
        );
        if (open.length === 0) break;
        await lookOn(open, count);
      }
      return searches.map((search) => {
        if (search instanceof Error) return search;
        embedding.primeAll(search.found);
        return search.found;
      });
    },
    { cacheKeyFn: ({ id }) => id },
  );
}
