import { v5 as nameUuid } from "uuid";
import type { SortedInvocation, SortedRun } from "./spanSort.js";
import type { TraceFormat } from "./traceOptions.js";

/** The namespace of the ids of spans, chosen at random once; another one would record every trace anew. */
const namespace = "3a1f1d0e-6d0b-4b7e-8f52-c1a4f0c9b6d7";

/** The id of the run that is a session or a trace. It depends on nothing else, so that exports may be imported in parts. */
export function traceRunId(format: TraceFormat, { kind, id }: Pick<SortedRun, "kind" | "id">): string {
  return nameUuid(`${format} ${kind} ${id}`, namespace);
}

/** The ids that runs have whose session or trace has a name. */
export function traceRunIdsOf(name: string): string[] {
  const formats: TraceFormat[] = ["openinference", "langfuse"];
  const kinds: SortedRun["kind"][] = ["session", "trace"];
  return formats.flatMap((format) => kinds.map((kind) => traceRunId(format, { kind, id: name })));
}

/** The id of the invocation that is a span; ids of spans are unique only within their traces. */
export function spanInvocationId(
  format: TraceFormat,
  { traceId, spanId }: Pick<SortedInvocation, "traceId" | "spanId">,
): string {
  return nameUuid(`${format} span ${JSON.stringify([traceId, spanId])}`, namespace);
}
