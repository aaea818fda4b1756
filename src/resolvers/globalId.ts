/** The types whose objects have globally unique ids. */
export const nodeTypes = [
  "Run",
  "Invocation",
  "EmbeddingModel",
  "Embedding",
  "ClusteringResult",
  "Cluster",
  "EmbeddingMap",
] as const;
export type NodeType = (typeof nodeTypes)[number];

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A UUID in the form in which Medoid stores it (lowercase, with hyphens); null if the text is not a UUID. */
export function parseUuid(text: string): string | null {
  const lower = text.toLowerCase();
  return uuidPattern.test(lower) ? lower : null;
}

/** Formats a global id: "Run:0198c1b2-…". */
export function formatGlobalId(type: NodeType, uuid: string): string {
  return `${type}:${uuid}`;
}

/** Parses "Type:UUID"; null if the text is not an id, or the type has no ids. */
export function parseGlobalId(text: string): { type: NodeType; uuid: string } | null {
  const colon = text.indexOf(":");
  const type = nodeTypes.find((name) => name === text.slice(0, colon));
  const uuid = parseUuid(text.slice(colon + 1));
  return type && uuid ? { type, uuid } : null;
}

/**
 * Parses an id of a known type, given with or without its type in front.
 * @returns the bare UUID, or a description of the error
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
