/** The types that have an id of their own. */
export const nodeTypes = [
  "Run",
  "Invocation",
  "EmbeddingModel",
  "Embedding",
  "ClusteringResult",
  "Cluster",
] as const;
export type NodeType = (typeof nodeTypes)[number];

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A UUID in the form in which Medoid stores it (lowercase, with hyphens), or null where the text is none. */
export function parseUuid(text: string): string | null {
  const lower = text.toLowerCase();
  return uuidPattern.test(lower) ? lower : null;
}

/** "Run:0198c1b2-…" */
export function formatGlobalId(type: NodeType, uuid: string): string {
  return `${type}:${uuid}`;
}

/** Reads "Type:UUID"; null where the text is no id, or of a type that has none. */
export function parseGlobalId(text: string): { type: NodeType; uuid: string } | null {
  const colon = text.indexOf(":");
  const type = nodeTypes.find((name) => name === text.slice(0, colon));
  const uuid = parseUuid(text.slice(colon + 1));
  return type && uuid ? { type, uuid } : null;
}

/**
 * Reads an id of one known type, with its type in front or bare.
 * @returns the bare UUID, or what is wrong with the text
 */
export function parseIdOf(type: NodeType, text: string): { uuid: string } | { problem: string } {
  const bare = parseUuid(text);
  const named = (name: NodeType) => `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
  if (bare) return { uuid: bare };
  const parsed = parseGlobalId(text);
  if (!parsed)
    return { problem: `must be the id of ${named(type)}: "${type}:" and a UUID, or the UUID alone.` };
  if (parsed.type !== type)
    return { problem: `is the id of ${named(parsed.type)}, and must be that of ${named(type)}.` };
  return { uuid: parsed.uuid };
}
