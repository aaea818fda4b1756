import type { IncomingHttpHeaders } from "node:http";
import type { Plugin } from "graphql-yoga";
import { SettingError } from "../../settings.js";
import type { RequestRecord } from "../requestRecord.js";

/** Traces the work of the server in spans, which are sent by OpenTelemetry's protocol. */
export interface Tracing {
  /** Begins the span of a request, as a child of the client's span if the headers name one. */
  begin(headers: IncomingHttpHeaders, record: RequestRecord): RequestSpan;
  /** Creates the spans within a request's: parse, validate, execute. */
  readonly plugin: Plugin;
  /** Sends the spans that have not been sent, and stops tracing. */
  stop(): Promise<void>;
}

/** The span of one request. */
interface RequestSpan {
  /** Runs a function, whose spans become children of this one. */
  within<T>(answer: () => T): T;
  end(status: number): void;
}

const packages =
  "@opentelemetry/api @opentelemetry/sdk-trace-node @opentelemetry/exporter-trace-otlp-proto @opentelemetry/resources";

/** Whether OpenTelemetry's own environment variables turn tracing on. */
export function tracingWanted(environment: NodeJS.ProcessEnv = process.env): boolean {
  const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER } = environment;
  if (OTEL_SDK_DISABLED?.toLowerCase() === "true" || OTEL_TRACES_EXPORTER === "none") return false;
  return Boolean(environment.OTEL_EXPORTER_OTLP_ENDPOINT || environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
}

/**
 * Starts to send traces. The libraries read the other OTEL_* variables themselves: the endpoint and its
 * headers, the service's name, the resource's attributes, the sampler.
 * @throws SettingError if the optional packages that tracing needs are not installed
 */
export async function startTracing(): Promise<Tracing> {
  const { api, sdk, otlp, resources } = await load();
  const { context, propagation, SpanKind, SpanStatusCode, trace } = api;
  const provider = new sdk.NodeTracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes({ "service.name": "medoid" }))
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(new otlp.OTLPTraceExporter())],
  });
  provider.register(); // with the W3C propagators and a context manager that follows asynchronous calls
  const tracer = provider.getTracer("medoid");

  const within = (name: string) => (_: unknown, wrapped: () => unknown) =>
    tracer.startActiveSpan(name, (span) => {
      const result = wrapped();
      if (!(result instanceof Promise)) {
        span.end();
        return;
      }
      return result.finally(() => span.end());
    });

  return {
    begin(headers, record) {
      const caller = propagation.extract(context.active(), headers);
      const attributes = {
        "http.request.method": record.method,
        "url.path": record.path,
        "medoid.request.id": record.id,
      };
      const options = { kind: SpanKind.SERVER, attributes };
      const span = tracer.startSpan(record.method, options, caller);
      return {
        within: (answer) => context.with(trace.setSpan(caller, span), answer),
        end(status) {
          // The kind and the operation are known only now. The name has no ids, because traces are grouped by
          // it.
          span.updateName([record.kind, record.operationName].filter(Boolean).join(" "));
          span.setAttributes({
            "http.response.status_code": status,
            "graphql.operation.type": record.kind,
            ...(record.operationName && { "graphql.operation.name": record.operationName }),
            ...(record.errors.length > 0 && { "medoid.error.codes": record.errors.map(({ code }) => code) }),
          });
          const failed = record.errors.some(({ code }) => code === "INTERNAL_SERVER_ERROR");
          if (failed || status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    plugin: {
      instrumentation: {
        parse: within("graphql.parse"),
        validate: within("graphql.validate"),
        execute: within("graphql.execute"),
        subscribe: within("graphql.subscribe"),
      },
    },
    async stop() {
      await provider.shutdown();
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

/** Loads the optional packages, which are needed only here. */
async function load() {
  try {
    const [api, sdk, otlp, resources] = await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/sdk-trace-node"),
      import("@opentelemetry/exporter-trace-otlp-proto"),
      import("@opentelemetry/resources"),
    ]);
    return { api, sdk, otlp, resources };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new SettingError(
      `OTEL_EXPORTER_OTLP_ENDPOINT is set, and traces take packages that are not installed: npm install ${packages}`,
    );
  }
}
