import { clusterAndWatch } from "./clusterAndWatch.js";
import { printWalk } from "./printWalk.js";

// Starts a clustering, watches it, and walks from its largest clusters to what produced their medoids.
//   npm start [EMBEDDING_MODEL]
// MEDOID_URL is the server's address; MEDOID_KEY is an API key, if the server requires one.

const url = process.env.MEDOID_URL ?? "http://127.0.0.1:4000/graphql";
const [embeddingModel = "UniversalSentenceEncoder"] = process.argv.slice(2);

const { state } = await clusterAndWatch(url, { embeddingModel }, ({ status, progress }) => {
  console.log(`${status} ${Math.round(100 * progress)} %`);
});
if (state.failure) throw new Error(`${state.failure.code}: ${state.failure.message}`);
await printWalk(url);
