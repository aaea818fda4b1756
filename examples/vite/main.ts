import { createClient } from "graphql-sse";

// The largest clusters of the newest clustering, each with its medoid and the image that led to it. The form starts
// another clustering and watches it.

interface Walk {
  latestClusteringResult: {
    clusterCount: number;
    outlierCount: number;
    clusters: { edges: { node: Cluster }[] };
  } | null;
}
interface Cluster {
  size: number;
  medoidText: string | null;
  medoidInvocation: {
    model: string;
    sequenceNumber: number;
    run: { initialPrompt: string };
    input: { outputImageUrl: string | null } | null;
  };
}
type Started = { clusterEmbeddings: { id: string } | { code: string; message: string } };
type Progress = {
  clusteringProgress: { status: string; progress: number; failure: { message: string } | null };
};

const url = new URL("/graphql", location.href).href;
const events = createClient({ url });

async function execute<Data>(query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors.map(({ message }: { message: string }) => message).join(" "));
  return data;
}

const found = <Type extends Element>(selector: string) => document.querySelector(selector) as Type;
const form = found<HTMLFormElement>("form");
const bar = found<HTMLProgressElement>("progress");
const say = (text: string) => {
  found("[role=status]").textContent = text;
};

function element(
  name: string,
  content: string | Node[],
  attributes: Record<string, string> = {},
): HTMLElement {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...(typeof content === "string" ? [content] : content));
  return made;
}

function shown({
  size,
  medoidText,
  medoidInvocation: { model, sequenceNumber, run, input },
}: Cluster): HTMLElement {
  const origin = `Step ${sequenceNumber} by ${model}, of the run from “${run.initialPrompt}”`;
  return element("article", [
    element("div", input?.outputImageUrl ? [element("img", "", { src: input.outputImageUrl, alt: "" })] : ""),
    element("div", [
      element("p", medoidText ?? "(an image)"),
      element("small", `${size} embeddings. ${origin}`),
    ]),
  ]);
}

async function show(): Promise<void> {
  const { latestClusteringResult: result } = await execute<Walk>(/* GraphQL */ `
    {
      latestClusteringResult {
        clusterCount
        outlierCount
        clusters(first: 10) {
          edges { node {
            size
            medoidText
            medoidInvocation { model sequenceNumber run { initialPrompt } input { outputImageUrl } }
          } }
        }
      }
    }
  `);
  if (!result) return say("Nothing is clustered yet.");
  say(`${result.clusterCount} clusters, ${result.outlierCount} outliers`);
  found("main").replaceChildren(...result.clusters.edges.map(({ node }) => shown(node)));
}

async function cluster(minClusterSize: number): Promise<void> {
  const { embeddingModels } = await execute<{ embeddingModels: { name: string }[] }>(
    "{ embeddingModels { name } }",
  );
  if (embeddingModels.length === 0) return say("No embeddings are recorded yet.");
  const { clusterEmbeddings: started } = await execute<Started>(
    /* GraphQL */ `
      mutation ($input: ClusterEmbeddingsInput!) {
        clusterEmbeddings(input: $input) {
          ... on ClusteringResult { id }
          ... on Error { code message }
        }
      }
    `,
    { input: { embeddingModel: embeddingModels[0].name, minClusterSize } },
  );
  if ("code" in started) return say(started.message);
  const query =
    "subscription ($id: ID!) { clusteringProgress(id: $id) { status progress failure { message } } }";
  for await (const { data } of events.iterate<Progress>({ query, variables: { id: started.id } })) {
    if (!data) continue;
    const { status, progress, failure } = data.clusteringProgress;
    bar.value = progress;
    say(failure?.message ?? status);
    if (status === "SUCCEEDED") await show();
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  bar.hidden = false;
  try {
    await cluster(Number(new FormData(form).get("size")));
  } catch (error) {
    say(String(error));
  }
  bar.hidden = true;
});

await show().catch((error) => say(String(error)));
