import { JSDOM } from "jsdom";

const { window } = new JSDOM("<div id=root></div>", { url: "http://localhost/" });
Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
globalThis.navigator ??= window.navigator;
globalThis.WebSocket ??= require("ws").WebSocket;

const { format } = require("node:util");
const { act } = require("react");
const { createRoot } = require("react-dom/client");
const { commitMutation, fetchQuery, requestSubscription } = require("relay-runtime");
const app = require("./App");
const { createMedoidEnvironment } = require("./environment");

const { MEDOID_URL: url, MEDOID_KEY: key } = process.env;
const report = { warnings: [] };
for (const level of ["warn", "error"]) console[level] = (...words) => report.warnings.push(format(...words));

const environment = createMedoidEnvironment(url, { key });
const change = (mutation, variables, where = environment) =>
  new Promise((onCompleted, onError) => commitMutation(where, { mutation, variables, onCompleted, onError }));
const typeOf = (id) => environment.getStore().getSource().get(id)?.__typename ?? null;
const all = (selector) =>
  [...window.document.querySelectorAll(selector)].map(({ textContent }) => textContent);

/** Lets React work until the condition holds. */
async function settle(holds) {
  const deadline = Date.now() + 30_000;
  while (!holds() && Date.now() < deadline) await act(() => new Promise((done) => setTimeout(done, 20)));
}

/** Subscribes to a clustering until it has ended, while React renders the changes. */
const watched = (id) =>
  act(
    () =>
      new Promise((onCompleted, onError) =>
        requestSubscription(environment, {
          subscription: app.watchSubscription,
          variables: { id },
          onCompleted,
          onError,
        }),
      ),
  );

async function main() {
  const root = createRoot(window.document.getElementById("root"));
  let page;
  const show = async (id) => {
    await act(async () =>
      root.render(
        <app.App
          key={id}
          environment={environment}
          id={id}
          onPage={(given) => {
            page = given;
          }}
        />,
      ),
    );
    await settle(() => all("h1").length > 0);
  };

  const { latestClusteringResult } = await fetchQuery(environment, app.newestQuery, {}).toPromise();
  await show(latestClusteringResult.id);
  report.pages = [all("li").length];
  while (page.hasNext) {
    const before = all("li").length;
    await act(async () => page.loadNext(20));
    await settle(() => all("li").length > before);
    report.pages.push(all("li").length);
  }
  report.labels = new Set(all("li")).size;

  const input = { embeddingModel: "UniversalSentenceEncoder", minClusterSize: 1 };
  report.refused = (await change(app.startMutation, { input })).clusterEmbeddings;
  const started = await change(app.startMutation, { input: { ...input, minClusterSize: 23 } });
  const { id } = started.clusterEmbeddings;
  report.started = started.clusterEmbeddings.__typename;
  await show(id);
  await watched(id);
  await settle(() => all("h1")[0] === "SUCCEEDED 23");
  report.shown = all("h1")[0];

  // Another client deletes what this one's store holds: an error with its id leaves the store's record unchanged.
  await change(app.removeMutation, { id }, createMedoidEnvironment(url, { key }));
  let refused;
  await act(async () => {
    refused = (await change(app.cancelMutation, { id })).cancelClustering;
  });
  report.notFound = [refused.__typename, refused.code, refused.requestedId === id, typeOf(id), all("h1")[0]];

  const other = (await change(app.startMutation, { input: { ...input, minClusterSize: 26 } }))
    .clusterEmbeddings.id;
  await show(other);
  await watched(other);
  const before = typeOf(other);
  let removed;
  await act(async () => {
    removed = (await change(app.removeMutation, { id: other })).deleteClusteringResult;
  });
  report.deleted = [removed.__typename, removed.deletedId === other, before, typeOf(other)];
  await act(async () => root.unmount());
}

main().then(
  () => process.stdout.write(JSON.stringify(report), () => process.exit()),
  (error) => {
    process.stderr.write(`${error.stack}\n${JSON.stringify(report)}\n`, () => process.exit(1));
  },
);
