// The floor: the same response to the walk from the least code that can produce it, a bare node:http handler with two
// statements written by hand. It supports only one query.
//   node bench/api/floor.js DATABASE
import { createServer } from "node:http";
import Database from "libsql";

const database = new Database(process.argv[2], { readonly: true });
const resultOf = database.prepare(`
  SELECT "id", "status", "embeddingCount", "clusterCount", "outlierCount" FROM "ClusteringResult" WHERE "id" = ?`);
const clustersOf = database.prepare(`
  SELECT c."label", c."size", e."id" AS "embedding", m."id" AS "invocation", m."model", m."sequenceNumber",
    m."outputText", r."id" AS "run", r."network", r."initialPrompt",
    i."id" AS "input", i."model" AS "inputModel", i."outputImageMediaType" AS "image"
  FROM "Cluster" c
    JOIN "Embedding" e ON e."id" = c."medoidEmbeddingId"
    JOIN "Invocation" m ON m."id" = e."invocationId"
    JOIN "Run" r ON r."id" = m."runId"
    LEFT JOIN "Invocation" i ON i."id" = m."inputInvocationId"
  WHERE c."clusteringResultId" = ? ORDER BY c."label" LIMIT 25`);

function responseTo(body, host) {
  const id = JSON.parse(body).variables.id.slice("ClusteringResult:".length);
  const [{ id: uuid, ...result }] = resultOf.all(id);
  const edges = clustersOf.all(id).map((row) => ({
    node: {
      label: row.label,
      size: row.size,
      share: row.size / result.embeddingCount,
      medoidText: row.outputText,
      medoidEmbedding: { id: `Embedding:${row.embedding}` },
      medoidInvocation: {
        id: `Invocation:${row.invocation}`,
        model: row.model,
        sequenceNumber: row.sequenceNumber,
        run: { id: `Run:${row.run}`, network: JSON.parse(row.network), initialPrompt: row.initialPrompt },
        input: row.input && {
          id: `Invocation:${row.input}`,
          model: row.inputModel,
          outputImageUrl: row.image && `http://${host}/images/${row.input}`,
        },
      },
    },
  }));
  return JSON.stringify({
    data: { clusteringResult: { id: `ClusteringResult:${uuid}`, ...result, clusters: { edges } } },
  });
}

const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    const text = responseTo(body, request.headers.host);
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(text),
    });
    response.end(text);
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/graphql`));
