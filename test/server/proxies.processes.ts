import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, chmodSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import * as https from "node:https";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createViteServer } from "vitest/node";
import { WebSocket } from "ws";
import { id, uuid, writeQueuedClustering, writeRuns } from "../fixtures.js";
import { findChromium } from "./pages/chromium.js";
import { type ServedFixture, serveFixture } from "./servedFixture.js";

/** The blocks of docs/proxies.md in one language. */
function documented(language: string): string[] {
  const text = readFileSync("docs/proxies.md", "utf8");
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, block]) => block,
  );
}

/** Debian installs nginx in a folder that is only on root's path. */
function findProgram(name: string): string | undefined {
  return [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"]
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function opens(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const opened = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "error").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return opened;
}

const post = (address: string, operation: object, headers: Record<string, string> = {}) =>
  fetch(`${address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(operation),
  });

/** Subscribes to a queued clustering, and changes it only once its first event has arrived. */
async function watchThrough(address: string, { fixture }: ServedFixture, n: number) {
  await writeQueuedClustering(fixture, n);
  const query = `subscription { clusteringProgress(id: "${id("ClusteringResult", n)}") { status } }`;
  const response = await post(address, { query }, { accept: "text/event-stream" });
  const statuses: string[] = [];
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const seen = [...text.matchAll(/"status":"(\w+)"/g)].map(([, status]) => status);
    if (seen.length === 1 && statuses.length === 0) {
      const where = { id: uuid("ClusteringResult", n) };
      await fixture.prisma.clusteringResult.update({ where, data: { status: "CANCELLED" } });
      await fixture.app.changes.changed(where.id);
    }
    statuses.splice(0, statuses.length, ...seen);
  }
  return { statuses, headers: response.headers };
}

/** Opens a WebSocket as a page of that origin does. @returns the first message that arrives */
async function acknowledged(address: string): Promise<unknown> {
  const url = `${address.replace("http", "ws")}/graphql`;
  const socket = new WebSocket(url, "graphql-transport-ws", { origin: new URL(address).origin });
  socket.once("open", () => socket.send('{"type":"connection_init"}'));
  const [message] = await once(socket, "message");
  socket.close();
  return JSON.parse(String(message));
}

const nginx = findProgram("nginx");
const openssl = findProgram("openssl");

interface Proxy {
  folder: string;
  stop(): Promise<void>;
}

/** Starts nginx in a folder of its own. @param http the content of its http block, from the path of that folder */
async function startNginx(http: (folder: string) => string, port: number): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), "medoid-nginx-"));
  chmodSync(folder, 0o755); // its workers run as another user if it is started by root
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const configuration = `
    daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1;
    events { worker_connections 64; }
    http { access_log off; gzip on; ${temporary.join(" ")} ${http(folder)} }`;
  writeFileSync(join(folder, "nginx.conf"), configuration);
  const proxy: ChildProcess = spawn(nginx!, [
    ...["-p", folder],
    ...["-c", join(folder, "nginx.conf")],
    ...["-e", join(folder, "error.log")],
  ]);
  await vi.waitUntil(() => opens(port), { timeout: 20_000 });
  return {
    folder,
    async stop() {
      if (proxy.exitCode === null) {
        proxy.kill("SIGQUIT");
        proxy.kill("SIGTERM");
        await once(proxy, "exit");
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describe.skipIf(!nginx)("through nginx", () => {
  let proxy: Proxy;
  let atRoot: ServedFixture;
  let below: ServedFixture;
  /** With nginx's default settings, with the documented ones, and with those below a path. */
  let defaults: string;
  let root: string;
  let path: string;

  beforeAll(async () => {
    const ports = [await freePort(), await freePort(), await freePort()];
    [defaults, root] = ports.map((port) => `http://127.0.0.1:${port}`);
    path = `http://127.0.0.1:${ports[2]}/medoid`;
    atRoot = await serveFixture({ MEDOID_TRUSTED_PROXIES: "1", MEDOID_RATE_LIMIT: "300" });
    await writeRuns(atRoot.fixture, { runs: 1 });
    below = await serveFixture({ MEDOID_BASE_URL: path });
    await writeRuns(below.fixture, { runs: 1 });
    const [server, location] = documented("nginx");
    proxy = await startNginx(
      () => `
        server { listen 127.0.0.1:${ports[0]}; location / { proxy_pass ${atRoot.address}; } }
        ${server.replace("listen 80;", `listen 127.0.0.1:${ports[1]};`).replaceAll("http://127.0.0.1:4000", atRoot.address)}
        server { listen 127.0.0.1:${ports[2]}; ${location.replaceAll("http://127.0.0.1:4000", below.address)} }`,
      ports[2],
    );
  });
  afterAll(async () => {
    await proxy?.stop();
    await Promise.all([atRoot?.close(), below?.close()]);
  });

  test("events arrive as they happen, with nginx's default settings and with the documented ones", async () => {
    const events = ["QUEUED", "CANCELLED"];
    const { statuses, headers } = await watchThrough(defaults, atRoot, 0);
    expect(statuses).toEqual(events);
    expect(headers.get("content-encoding")).toBeNull();
    expect((await watchThrough(root, atRoot, 1)).statuses).toEqual(events);
    expect((await watchThrough(path, below, 2)).statuses).toEqual(events);
  });

  test("WebSockets open with the documented settings", async () => {
    expect(await acknowledged(root)).toMatchObject({ type: "connection_ack" });
    expect(await acknowledged(path)).toMatchObject({ type: "connection_ack" });
  });

  test("a recording of 2 MB passes", async () => {
    const query =
      "mutation($input: RecordTrajectoriesInput!) { recordTrajectories(input: $input) { __typename } }";
    const run = { id: uuid("Run", 7), network: ["m"], initialPrompt: "p".repeat(2_000_000), invocations: [] };
    const response = await post(root, { query, variables: { input: { runs: [run] } } });
    // Whatever the server replies to such a long prompt: it has read it.
    expect(await response.json()).toMatchObject({ data: { recordTrajectories: {} } });
  });

  test("clients are identified by the address that nginx saw, not by one that they claim", async () => {
    const claim = (n: number) => post(root, { query: "{ __typename }" }, { "x-forwarded-for": `9.9.9.${n}` });
    const statuses = new Set<number>();
    for (let n = 0; n < 400 && !statuses.has(429); n++) statuses.add((await claim(n)).status);
    expect([...statuses]).toEqual([200, 429]);
  });

  test("images, the page and GraphiQL are at the base URL, below a path", async () => {
    const query = `{ invocation(id: "${id("Invocation", 0)}") { outputImageUrl } }`;
    const { data } = await (await post(path, { query })).json();
    expect(data.invocation.outputImageUrl).toBe(`${path}/images/${uuid("Invocation", 0)}`);
    expect((await fetch(data.invocation.outputImageUrl)).status).toBe(200);
    for (const address of [`${path}/`, `${path}/graphql`]) {
      const page = await fetch(address, { headers: { accept: "text/html" } });
      expect([page.url, page.status]).toEqual([address, 200]);
    }
  });

  const executablePath = findChromium();
  test.skipIf(!executablePath)("GraphiQL works below a path", { timeout: 240_000 }, async () => {
    const browser = await chromium.launch({ executablePath, args: ["--disable-dev-shm-usage"] });
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      const url = request.url();
      if (!/^(data|blob):/.test(url) && !url.startsWith(`${path}/`)) complaints.push(url);
    });
    await page.goto(`${path}/graphql`);
    await page.locator(".graphiql-tab-button").first().waitFor({ timeout: 60_000 });
    await expect
      .poll(
        async () => {
          await page.locator(".graphiql-execute-button").click();
          return page.locator(".result-window").textContent();
        },
        { timeout: 60_000, interval: 2_000 },
      )
      .toMatch(/"data"/);
    await browser.close();
    expect(complaints).toEqual([]);
  });
});

/** A request that trusts the server's own certificate. @returns status, body and headers */
async function securely(
  url: string,
  ca: Buffer,
  { body, headers = {} }: { body?: object; headers?: object } = {},
) {
  const options = {
    ca,
    method: body ? "POST" : "GET",
    headers: { ...headers, "content-type": "application/json" },
  };
  const sent = https.request(url, options).end(body && JSON.stringify(body));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const chunks = await response.toArray();
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

describe.skipIf(!nginx || !openssl)("through nginx with TLS", () => {
  let proxy: Proxy;
  let served: ServedFixture;
  let secure: string;
  let plain: string;
  let certificate: Buffer;

  beforeAll(async () => {
    const [port, tlsPort] = [await freePort(), await freePort()];
    plain = `http://127.0.0.1:${port}`;
    secure = `https://localhost:${tlsPort}`;
    served = await serveFixture({ MEDOID_BASE_URL: secure, MEDOID_TRUSTED_PROXIES: "1" });
    await writeRuns(served.fixture, { runs: 1 });
    const [first, , withTls] = documented("nginx");
    const [map] = /map [\s\S]*?\n\}/.exec(first)!;
    proxy = await startNginx((folder) => {
      const [key, file] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
      const wanted =
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost";
      const names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", file];
      execFileSync(openssl!, [...wanted.split(" "), ...names], { stdio: "ignore" });
      certificate = readFileSync(file);
      const server = withTls
        .replace("listen 80;", `listen 127.0.0.1:${port};`)
        .replace("listen 443 ", `listen 127.0.0.1:${tlsPort} `)
        .replace(/ssl_certificate +[^;]+;/, `ssl_certificate ${file};`)
        .replace(/ssl_certificate_key +[^;]+;/, `ssl_certificate_key ${key};`)
        .replaceAll("http://127.0.0.1:4000", served.address);
      return `${map} ${server}`;
    }, tlsPort);
  });
  afterAll(async () => {
    await proxy?.stop();
    await served?.close();
  });

  test("requests without it are redirected to it", async () => {
    const sent = request(`${plain}/graphql`, { headers: { host: "medoid.example.org" } }).end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    response.resume();
    expect([response.statusCode, response.headers.location]).toEqual([
      301,
      "https://medoid.example.org/graphql",
    ]);
  });

  test("queries, images and WebSockets pass", async () => {
    const query = `{ invocation(id: "${id("Invocation", 0)}") { outputImageUrl } }`;
    const { status, headers, text } = await securely(`${secure}/graphql`, certificate, { body: { query } });
    expect([status, headers["strict-transport-security"]]).toEqual([200, "max-age=31536000"]);
    const { outputImageUrl } = JSON.parse(text).data.invocation;
    expect(outputImageUrl).toBe(`${secure}/images/${uuid("Invocation", 0)}`);
    expect((await securely(outputImageUrl, certificate)).status).toBe(200);

    const url = `${secure.replace("https", "wss")}/graphql`;
    const socket = new WebSocket(url, "graphql-transport-ws", { origin: secure, ca: certificate });
    socket.once("open", () => socket.send('{"type":"connection_init"}'));
    const [message] = await once(socket, "message");
    socket.close();
    expect(JSON.parse(String(message))).toMatchObject({ type: "connection_ack" });
  });
});

test("through Vite's server, as documented, queries, events, WebSockets and images pass", async () => {
  const served = await serveFixture();
  await writeRuns(served.fixture, { runs: 1 });
  const folder = mkdtempSync(join(tmpdir(), "medoid-vite-"));
  const configFile = join(folder, "vite.config.mjs");
  writeFileSync(configFile, documented("js")[0].replaceAll("http://127.0.0.1:4000", served.address));
  const vite = await createViteServer({
    configFile,
    root: folder,
    logLevel: "silent",
    server: { host: "127.0.0.1", port: await freePort() },
  });
  try {
    await vite.listen();
    const address = vite.resolvedUrls!.local[0].replace(/\/$/, "");
    const query = `{ invocation(id: "${id("Invocation", 0)}") { outputImageUrl } }`;
    const { data } = await (await post(address, { query })).json();
    expect(data.invocation.outputImageUrl).toBe(`${address}/images/${uuid("Invocation", 0)}`);
    expect((await fetch(data.invocation.outputImageUrl)).status).toBe(200);
    expect((await watchThrough(address, served, 0)).statuses).toEqual(["QUEUED", "CANCELLED"]);
    expect(await acknowledged(address)).toMatchObject({ type: "connection_ack" });
  } finally {
    await vite.close();
    await served.close();
    rmSync(folder, { recursive: true });
  }
});
