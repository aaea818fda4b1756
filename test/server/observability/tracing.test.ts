import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startTracing, tracingWanted } from "../../../src/server/observability/tracing.js";
import { serveFixture } from "../servedFixture.js";

describe("tracing", () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each([
    [{}, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" }, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:4318/v1/traces" }, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318", OTEL_SDK_DISABLED: "true" }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318", OTEL_TRACES_EXPORTER: "none" }, false],
  ])("%j turns it on: %s", (environment, wanted) => {
    expect(tracingWanted(environment)).toBe(wanted);
  });

  test("sends a request's spans to OTEL_EXPORTER_OTLP_ENDPOINT, as part of the caller's trace", async () => {
    const received: { url: string | undefined; body: Buffer }[] = [];
    const collector = createHttpServer(async (request, response) => {
      received.push({ url: request.url, body: Buffer.concat(await request.toArray()) });
      response.end();
    }).listen(0, "127.0.0.1");
    await once(collector, "listening");
    const { port } = collector.address() as AddressInfo;
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", `http://127.0.0.1:${port}`);
    vi.stubEnv("OTEL_SERVICE_NAME", "the-name-of-it");
    const tracing = await startTracing();
    const served = await serveFixture({}, { tracing });
    const [trace, parent] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];

    const response = await served.post(
      { query: "query Models { embeddingModels { name } }" },
      { traceparent: `00-${trace}-${parent}-01` },
    );

    expect(await response.json()).toMatchObject({ data: { embeddingModels: [] } });
    await served.close();
    await tracing.stop();
    collector.close();
    expect(received.map(({ url }) => url)).toEqual(["/v1/traces"]);
    const [{ body }] = received;
    const occurrences = (bytes: Buffer) => body.toString("latin1").split(bytes.toString("latin1")).length - 1;
    for (const text of ["the-name-of-it", "query Models", "graphql.parse", "graphql.execute"]) {
      expect(body.includes(text), text).toBe(true);
    }
    const spans = 4; // of the request, and within it parse, validate and execute
    expect(occurrences(Buffer.from(trace, "hex"))).toBe(spans);
    expect(occurrences(Buffer.from(parent, "hex"))).toBe(1);
  });
});
