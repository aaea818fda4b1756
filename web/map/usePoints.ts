import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { noteUnreachable, revision } from "../client/connection.js";
import { asFailure, Failure } from "../client/failure.js";
import { mayPass, retrySeconds } from "../client/retry.js";
import { ownAddress } from "../client/server.js";
import { PointTable } from "./pointTable.js";

export interface LoadedPoints {
  readonly points: PointTable;
  /** How many points have arrived; it rises a few times per second. */
  readonly arrived: number;
  readonly failure: Failure | null;
  /** Loads them again, from the first. */
  retry(): void;
}

/** The first points are shown at once; with those that follow, all are coloured again, which takes its time. */
const pauseMilliseconds = 200;

/**
 * Loads the points of a map.
 * @param key stands for the points: the address may change, because it is signed
 * @param count how many points the map has
 */
export function usePoints(url: string, key: string, count: number): LoadedPoints {
  const attempt = useSignal(0);
  // Other points, or the same from the beginning.
  const points = useMemo(() => new PointTable(count), [key, count, attempt.value]);
  const arrived = useSignal(0);
  const failure = useSignal<Failure | null>(null);
  const failed = useRef(0);
  const again = revision.value;
  // The key stands for the address.
  useEffect(() => {
    if (points.count === points.capacity && points.count > 0) return undefined; // they never change
    if (points.count > 0) {
      attempt.value++;
      return undefined;
    }
    const cancelled = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let retrying: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer ??= setTimeout(
        () => {
          timer = undefined;
          arrived.value = points.count;
        },
        arrived.peek() === 0 ? 0 : pauseMilliseconds,
      );
    };
    arrived.value = 0;
    failure.value = null;
    load(url, points, show, cancelled.signal).then(
      () => {
        failed.current = 0;
        arrived.value = points.count;
      },
      (error: unknown) => {
        if (cancelled.signal.aborted) return;
        failure.value = asFailure(error);
        const seconds = retrySeconds(failure.value, ++failed.current);
        if (seconds !== null) retrying = setTimeout(() => attempt.value++, 1000 * seconds);
      },
    );
    return () => {
      cancelled.abort();
      clearTimeout(timer);
      clearTimeout(retrying);
    };
  }, [points, again]);
  return {
    points,
    arrived: arrived.value,
    failure: failure.value,
    retry: () => attempt.value++,
  };
}

/** @throws Failure if the points are refused, or not all of them come */
async function load(url: string, points: PointTable, show: () => void, signal: AbortSignal): Promise<void> {
  let response: Response;
  try {
    response = await fetch(ownAddress(url), { signal });
  } catch {
    signal.throwIfAborted();
    noteUnreachable();
    throw new Failure("The server does not respond.", null);
  }
  if (!response.ok) {
    const { status } = response;
    const { errors } = await response.json().catch(() => ({}));
    const { code = null, retryAfterSeconds = null } = errors?.[0]?.extensions ?? {};
    throw new Failure(
      errors?.[0]?.message ?? `The server refuses the points (${status}).`,
      code,
      retryAfterSeconds,
      mayPass(status, code, retryAfterSeconds),
    );
  }
  const { readPoints } = await import("./readPoints.js");
  try {
    for await (const batch of readPoints(response)) {
      signal.throwIfAborted();
      points.append(batch);
      show();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new Failure(
      `The points of the map broke off: ${error instanceof Error ? error.message : error}`,
      null,
    );
  }
  if (points.count !== points.capacity)
    throw new Failure(`Of ${points.capacity} points only ${points.count} arrived.`, null);
}
