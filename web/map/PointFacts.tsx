import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { execute } from "../client/execute.js";
import { type MapPointQuery, mapPoint } from "../generated/operations.js";
import { Output } from "../parts/Output.js";

type PointEmbedding = NonNullable<MapPointQuery["embedding"]>;

/** What was read of embeddings, the newest last, so that a point under the pointer is not read again and again. */
const known = new Map<string, PointEmbedding>();
const mostKnown = 500;
/** A point is read when the pointer stays on it, not while it passes. */
const restMilliseconds = 90;

/** @returns undefined until it is read; null if it does not exist any longer, or cannot be read */
export function usePoint(id: string): PointEmbedding | null | undefined {
  const read = useSignal<{ id: string; point: PointEmbedding | null } | null>(null);
  useEffect(() => {
    if (known.has(id)) return undefined;
    const cancelled = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { embedding: point } = await execute(mapPoint, { id }, cancelled.signal);
        if (point) {
          known.set(id, point);
          if (known.size > mostKnown) known.delete(known.keys().next().value!);
        }
        read.value = { id, point };
      } catch {
        if (!cancelled.signal.aborted) read.value = { id, point: null };
      }
    }, restMilliseconds);
    return () => {
      cancelled.abort();
      clearTimeout(timer);
    };
  }, [id, read]);
  return known.get(id) ?? (read.value?.id === id ? read.value.point : undefined);
}

interface PointFactsProps {
  /** Global id of the embedding. */
  readonly id: string;
  /** What is known without reading it: names, each with a value. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Whether all of a long text can be seen, and an image is a link to itself. */
  readonly isWhole?: boolean;
}

/** What a point stands for: the text or the image that was embedded, and where it comes from. */
export function PointFacts({ id, facts, isWhole = false }: PointFactsProps) {
  const point = usePoint(id);
  return (
    <>
      {point ? (
        <div class="point-output">
          <Output invocation={point.invocation} isLink={isWhole} />
        </div>
      ) : (
        <p class="point-output">{point === undefined ? "…" : "It cannot be read any longer."}</p>
      )}
      <dl class="point-facts">
        {facts.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </>
        ))}
      </dl>
    </>
  );
}
