/**
 * Divides what cannot be recorded together into parts of about the square root of its number, so that few attempts
 * find the one that is at fault.
 */
export function* parts<T>(items: T[]): Generator<T[]> {
  const size = Math.floor(Math.sqrt(items.length));
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
