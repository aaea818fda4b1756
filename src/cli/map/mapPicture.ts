import type { Api } from "../api/api.js";
import { allPages, type PageData, pageFields } from "../api/pages.js";
import { layoutText, number } from "../output/clusteringResult.js";
import { type DrawnMap, drawMap } from "./drawMap.js";
import type { MappedEmbeddings } from "./existingMap.js";
import { clustersText, type MapData, mapParameters, trustworthinessText } from "./mapData.js";
import type { MapPoints } from "./mapPoints.js";

const namesQuery = /* GraphQL */ `
  query ClusterNames($id: ID!, $first: Int!, $after: String) {
    clusteringResult(id: $id) {
      clusters(first: $first, after: $after) { ${pageFields} edges { node { label medoidText } } }
    }
  }
`;

interface NamesData {
  clusteringResult: { clusters: PageData<{ label: number; medoidText: string | null }> };
}

/** The number of clusters whose texts are read: more names do not fit. */
const mostNamed = 300;
/** Clusters are read in pages of this many, because their texts may be long. */
const clustersPerPage = 100;

/** The picture of a map, with the clusters of a result, the largest of which are named after their medoids. */
export async function* mapPicture(
  api: Api,
  map: MapData,
  { result }: MappedEmbeddings,
  pieces: AsyncIterable<MapPoints>,
): AsyncGenerator<Uint8Array, void, void> {
  const texts = result === null ? new Map<number, string>() : await clusterTexts(api, result.id);
  const x = new Float32Array(map.embeddingCount);
  const y = new Float32Array(map.embeddingCount);
  const labels = new Int32Array(map.embeddingCount);
  const medoids = new Map<number, number>();
  let count = 0;
  let notClustered = 0;
  for await (const piece of pieces) {
    x.set(piece.x, count);
    y.set(piece.y, count);
    for (let point = 0; point < piece.count; point++, count++) {
      const label = piece.clusters?.label(point) ?? null;
      labels[count] = label ?? -1;
      if (label === null) notClustered++;
      else if (piece.clusters?.isMedoid(point)) medoids.set(label, count);
    }
  }
  const layout = layoutText(map);
  const caption = [`${mapParameters(map)}; ${trustworthinessText(map)}; map ${map.id}`];
  if (layout !== null) caption.unshift(layout);
  if (result !== null) {
    const others = notClustered === 0 ? "" : `, ${number(notClustered)} not in the clustering`;
    caption.unshift(`clusters: ${clustersText(result)}${others}`);
  }
  const drawn: DrawnMap = {
    title: `${number(map.embeddingCount)} embeddings of ${map.embeddingModel.name}`,
    caption,
    x,
    y,
    labels: result === null ? null : labels,
    clusters: [...new Set(labels)]
      .filter((label) => label >= 0)
      .map((label) => ({
        label,
        text: texts.get(label) ?? `cluster ${label}`,
        medoid: medoids.get(label) ?? null,
      })),
  };
  yield Buffer.from(drawMap(drawn));
}

async function clusterTexts(api: Api, id: string): Promise<Map<number, string>> {
  const read = async (page: object) =>
    (await api.execute<NamesData>(namesQuery, { id, ...page })).clusteringResult.clusters;
  const { edges } = await allPages(read, { first: mostNamed, pageSize: clustersPerPage });
  return new Map(
    edges.flatMap(({ node: { label, medoidText } }) => (medoidText?.trim() ? [[label, medoidText]] : [])),
  );
}
