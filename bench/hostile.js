// What hostile documents cost the server: for each document, the server's processor time and the wait for a response,
// request by request.
//   node bench/hostile.js [REQUESTS]      after: npm run build
// Every request is a document that the server has not seen, so nothing comes from a cache.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";

const times = (count, write) => Array.from({ length: count }, (_, n) => write(n)).join(" ");
const tower = (field, levels) => `${`${field} { `.repeat(levels)}id${" }".repeat(levels)}`;
const run = `run(id: "Run:0198c1b2-0000-7000-8001-000000000000")`;

/** Each is as large as it can be without exceeding any limit that is checked before the one that it tests. */
const documents = {
  "a million tokens' worth of braces, 99 kB": `{ ${"a { ".repeat(24_000)}`,
  "blanks and comments, 99 kB": `{ __typename #${"#".repeat(49_000)}\n${",".repeat(49_000)} }`,
  "a string of 95 kB": `{ run(id: "${"x".repeat(95_000)}") { id } }`,
  "900 equal fields": `{ ${times(900, () => "__typename")} }`,
  "200 equal fields of each of 4 names": `{ ${times(2, () => `${run} { ${times(100, () => "id seed maxLength initialPrompt")} }`)} }`,
  "equal fields within equal fields": `{ ${times(20, () => `${run} { ${times(10, () => "id")} invocations { edges { node { id } } } }`)} }`,
  "fragments that spread each other, each with each": `{ ${run} { ...F0 } } ${times(18, (n) => `fragment F${n} on Run { id ${times(18 - n - 1, (k) => `...F${n + k + 1}`)} seed }`)}`,
  "fragments that double": `{ invocation(id: "x") { ...F0 } } ${times(40, (n) => `fragment F${n} on Invocation { input { ...F${n + 1} ...F${n + 1} } }`)} fragment F40 on Invocation { id }`,
  "fragments that double below the depth": `{ invocation(id: "x") { ...F0 } } ${times(9, (n) => `fragment F${n} on Invocation { input { ...F${n + 1} } a: input { ...F${n + 1} } }`)} fragment F9 on Invocation { id }`,
  "fragments in circles": `{ ${run} { ...F0 } } ${times(60, (n) => `fragment F${n} on Run { ...F${(n + 1) % 60} ...F${(n + 7) % 60} }`)}`,
  "conflicting fields, nested": `{ ${times(20, (n) => `${run.replace("0000", String(1000 + n))} { invocations(first: ${n}) { edges { node { id model } } } }`)} }`,
  "990 unknown fields": `{ ${times(990, (n) => `clusteringResul${n}`)} }`,
  "300 unknown arguments": `{ runs(${times(300, (n) => `firs${n}: 1`)}) { totalCount } }`,
  "160 variables of unknown types": `query(${times(160, (n) => `$v${n}: Nothing${n}`)}) { __typename }`,
  "a list of 480 levels": `{ nodes(ids: ${"[".repeat(480)}${"]".repeat(480)}) { id } }`,
  "50 unknown directives": `{ ${times(50, (n) => `__typename @skipp${n}`)} }`,
  "50 fields under @skip": `query($a: Boolean!) { ${run} { ${times(50, () => "id @skip(if: $a)")} } }`,
  "20 aliases of the costliest page": `{ ${times(20, (n) => `a${n}: runs(first: 500) { edges { node { invocations(first: 500) { edges { node { id } } } } } }`)} }`,
  "depth 400": `{ invocation(id: "x") { ${tower("input", 400)} } }`,
  "introspection, whole and deep": `{ __schema { types { name fields(includeDeprecated: true) { name args { name type { ${"ofType { ".repeat(9)}name${" }".repeat(9)} } } type { fields { name } } } } } }`,
  "introspection that goes round": `{ __schema { types { ${"fields { type { ".repeat(5)}name${" } }".repeat(5)} } } }`,
};

if (process.argv[2] === "serve") await serve();
else await attack(Number(process.argv[2] ?? 200));

/** The server, in a process of its own. It reports its processor time for each message that it receives. */
async function serve() {
  const { openApp } = await import("../dist/app.js");
  const { createServer } = await import("../dist/server/server.js");
  const app = await openApp({ databaseUrl: process.argv[3] });
  const address = await createServer(app).listen(0, "127.0.0.1");
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send({ milliseconds: (user + system) / 1000 });
  });
  process.send({ address });
}

async function attack(requests) {
  const folder = mkdtempSync(`${tmpdir()}/medoid-hostile-`);
  const server = fork(new URL(import.meta.url), ["serve", `file:${folder}/medoid.db`]);
  const nextMessage = () => new Promise((resolve) => server.once("message", resolve));
  const { address } = await nextMessage();
  const processorTime = async () => {
    server.send("time");
    return (await nextMessage()).milliseconds;
  };
  let sent = 0;
  async function post(query) {
    const body = JSON.stringify({ query: `${query}#${sent++}` });
    const response = await fetch(`${address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const { errors } = await response.json();
    const [{ message, extensions } = { message: "executed" }] = errors ?? [];
    return extensions?.limit ?? message.slice(0, 40);
  }
  const at = (values, share) =>
    values[Math.min(values.length - 1, Math.floor(values.length * share))].toFixed(1);
  const column = (values) => [0.5, 0.99, 1].map((share) => at(values, share).padStart(6)).join(" ");

  for (let n = 0; n < 50; n++) for (const query of Object.values(documents)) await post(query);
  console.log(`${"".padEnd(52)}  processor ms (p50, p99, most)   wait ms (p50, p99, most)`);
  for (const [name, query] of Object.entries(documents)) {
    const processor = [];
    const waits = [];
    let outcome;
    for (let n = 0; n < requests; n++) {
      const before = await processorTime();
      const started = performance.now();
      outcome = await post(query);
      waits.push(performance.now() - started);
      processor.push((await processorTime()) - before);
    }
    for (const values of [processor, waits]) values.sort((one, other) => one - other);
    console.log(`${name.padEnd(52)}  ${column(processor)}            ${column(waits)}   ${outcome}`);
  }
  server.kill();
  rmSync(folder, { recursive: true });
}
