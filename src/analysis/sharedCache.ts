import { LRUCache } from "lru-cache";

/** Values that take long to load, the last used of which are kept. */
interface SharedCache<Value> {
  /**
   * Takes a value from the cache, or loads it. All that ask for one that is being loaded wait for the same, and one that
   * stops waiting does not end the loading.
   * @returns null if `load` returns null, which is not kept
   * @throws what `load` throws; the signal's reason once it aborts
   */
  get(id: string, load: () => Promise<Value | null>, signal?: AbortSignal): Promise<Value | null>;
  has(id: string): boolean;
  /** Of the values in the cache. */
  bytes(): number;
}

/** @param mostBytes the most that the values in the cache take together; 0: none is kept */
export function createSharedCache<Value extends object>(
  mostBytes: number,
  bytesOf: (value: Value) => number,
): SharedCache<Value> {
  const kept =
    mostBytes === 0
      ? null
      : new LRUCache<string, Value>({
          maxSize: mostBytes,
          sizeCalculation: (value) => Math.max(1, bytesOf(value)),
        });
  const loading = new Map<string, Promise<Value | null>>();

  function startLoading(id: string, load: () => Promise<Value | null>): Promise<Value | null> {
    const loaded = load()
      .then((value) => {
        if (value !== null) kept?.set(id, value);
        return value;
      })
      .finally(() => loading.delete(id));
    loading.set(id, loaded);
    return loaded;
  }

  return {
    async get(id, load, signal) {
      signal?.throwIfAborted();
      const found = kept?.get(id);
      if (found !== undefined) return found;
      return untilAborted(loading.get(id) ?? startLoading(id, load), signal);
    },
    has: (id) => kept?.has(id) ?? false,
    bytes: () => kept?.calculatedSize ?? 0,
  };
}

/** @throws the signal's reason once it aborts */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
