import type { FormerMetadata } from "../../database/recording/equalMetadata.js";
import type { RecordedInvocation } from "../../database/recording/placedRecords.js";
import { mostModels } from "../../database/recording/runRecord.js";
import type { SourceRun } from "../runSource.js";
import { runsOfFewModels } from "../runsOfFewModels.js";
import { emptyTally } from "../runTally.js";
import { SkippedTally, withDetail } from "../skippedTally.js";
import { embeddingIdOf } from "../table/rowIds.js";
import { metadataOf } from "../table/rowValues.js";
import { recordedWithoutMetadata } from "../table/usableRow.js";
import { shownSpan } from "./span.js";
import { spanInvocationId, traceRunId } from "./spanIds.js";
import type { SortedInvocation, SortedRun, SpanSort } from "./spanSort.js";
import type { TraceFormat } from "./traceOptions.js";

/** Limit of the invocations of a run that are in memory at a time. */
const invocationsPerPiece = 250;

/** Limits of the runs that are recorded together with others. */
const invocationsOfSmallRun = 10;
const charactersOfSmallRun = 50_000;

type IsVector = FormerMetadata["isVector"];

/**
 * The sessions, and the traces without one, as runs.
 *
 * @param isVector whether a field of metadata that was recorded earlier holds a vector
 */
export function* traceRuns(
  sort: SpanSort,
  format: TraceFormat,
  isVector: IsVector,
): Generator<SourceRun, () => SkippedTally> {
  function* all(): Generator<SourceRun> {
    for (const sorted of sort.runs()) yield traceRun(sorted, sort, format, isVector);
  }
  const leftOut = yield* runsOfFewModels(all());
  return () => {
    sort.countUnattached(leftOut);
    return leftOut;
  };
}

function traceRun(sorted: SortedRun, sort: SpanSort, format: TraceFormat, isVector: IsVector): SourceRun {
  /** The invocations, piece by piece. */
  function* pieces(): Generator<SortedInvocation[]> {
    for (let from = 0; from < sorted.invocationCount; from += invocationsPerPiece) {
      yield sort.invocationsOf(sorted, from, invocationsPerPiece);
    }
  }

  const run: SourceRun = {
    record: {
      id: traceRunId(format, sorted),
      network: sort.modelsOf(sorted, mostModels + 1),
      initialPrompt: sort.promptOf(sorted),
      seed: null,
      maxLength: null,
      metadata: metadataOf([[`${sorted.kind}_id`, sorted.id]], sorted.kind).metadata,
    },
    isSmall: sorted.invocationCount <= invocationsOfSmallRun && sorted.characters < charactersOfSmallRun,
    leftOutBefore: new SkippedTally(),
    ...emptyTally(),
    restart() {
      Object.assign(run, emptyTally());
    },
    *pieces() {
      for (const piece of pieces()) {
        yield {
          invocationsWithImage: [],
          complete: () => piece.map((invocation) => recorded(invocation, format, isVector, run)),
        };
      }
    },
    leaveOut(skipped, reason, difference) {
      skipped.add("run", reason, withDetail(`${sorted.kind} ${sorted.id}`, difference));
      let rows = 0;
      for (const piece of pieces()) {
        for (const { number, spanId, embeddings } of piece) {
          skipped.add("row", "its run is left out", shownSpan(number, spanId));
          skipped.add("embedding", "its run is left out", shownSpan(number, spanId), embeddings.length);
          rows += 1 + embeddings.length;
        }
      }
      return rows;
    },
  };
  return run;
}

/** Makes the invocation of a span, and counts it. */
function recorded(
  invocation: SortedInvocation,
  format: TraceFormat,
  isVector: IsVector,
  run: Pick<SourceRun, "read" | "skipped" | "rows">,
): RecordedInvocation {
  const { number, spanId, sequenceNumber, model, text, startedAt, completedAt, embeddings } = invocation;
  const { metadata, metadataFault, isTooLargeWithVectors, unreadableEnd } = invocation;
  const id = spanInvocationId(format, invocation);
  if (metadataFault !== null) {
    run.skipped.add("metadata", metadataFault.reason, shownSpan(number, spanId, metadataFault.value));
  }
  if (unreadableEnd !== null) {
    run.skipped.add("time", "its end time cannot be read", shownSpan(number, spanId, unreadableEnd));
  }
  run.rows += 1 + embeddings.length;
  run.read.invocations++;
  for (const { embeddingModel } of embeddings) {
    run.read.embeddings[embeddingModel] = (run.read.embeddings[embeddingModel] ?? 0) + 1;
  }
  return {
    ...{ id, sequenceNumber, model, metadata },
    formerMetadata: {
      isVector,
      wasTooLarge: isTooLargeWithVectors,
      onNoneRecorded: () => run.skipped.add("metadata", recordedWithoutMetadata, shownSpan(number, spanId)),
    },
    type: "TEXT",
    seed: null,
    inputInvocationId: undefined,
    outputText: text,
    outputImage: null,
    startedAt: new Date(startedAt),
    completedAt: completedAt === null ? null : new Date(completedAt),
    externalId: spanId,
    embeddings: embeddings.map(({ embeddingModel, vector }) => ({
      id: embeddingIdOf(id, embeddingModel),
      embeddingModel,
      vector,
    })),
  };
}
