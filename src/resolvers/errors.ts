import type { RunUse } from "../database/bulkStore.js";
import { shortenedText } from "../runtime/shortenedText.js";

/** Every error code that clients can receive, in the unions of mutations and in extensions.code. */
export const errorCodes = [
  "INVALID_INPUT",
  "NOT_FOUND",
  "NOT_ENOUGH_EMBEDDINGS",
  "IDEMPOTENCY_CONFLICT",
  "RESOURCE_LIMIT",
  "CLUSTERING_IN_PROGRESS",
  "MEDOID_IN_USE",
  "MEDOID_UNMAPPED",
  "EMBEDDING_UNREADABLE",
  "TREE_MISSING",
  "TREE_UNREADABLE",
  "ATTEMPTS_SPENT",
  "REQUEST_LIMIT",
  "PERSISTED_QUERY_NOT_FOUND",
  "PERSISTED_QUERY_NOT_SUPPORTED",
  "RATE_LIMITED",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "DATABASE_UNAVAILABLE",
  "INTERNAL_SERVER_ERROR",
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/**
 * An error that a client can act on. Use cases return it as a value, and the union of a mutation has it as a
 * member.
 */
export abstract class DomainError {
  /** The name of the error's type in the schema. */
  abstract readonly typename: string;
  abstract readonly code: ErrorCode;
  constructor(readonly message: string) {}
}

export interface InputIssue {
  /** Path within the arguments, for example ["input", "minClusterSize"]. */
  path: string[];
  message: string;
  /** The given value, shortened. */
  value: string | null;
}

export class InvalidInputError extends DomainError {
  readonly typename = "InvalidInputError";
  readonly code = "INVALID_INPUT";
  constructor(readonly issues: InputIssue[]) {
    super(issues.map((issue) => `${issue.path.join(".")}: ${messageWithValue(issue)}`).join(" "));
  }
}

/** The message of an issue, with the value unless it says it already. */
function messageWithValue({ message, value }: InputIssue): string {
  if (value === null || says(message, value)) return message;
  return `${message.replace(/\.$/, "")}; it was ${value}.`;
}

/** Whether a text contains a value that is not part of a longer word or number. */
function says(text: string, value: string): boolean {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const isPart = /[\w.-]$/.test(text.slice(0, at)) || /^(\w|\.\d)/.test(text.slice(at + value.length));
    if (!isPart) return true;
  }
  return false;
}

export class NotFoundError extends DomainError {
  readonly typename = "NotFoundError";
  readonly code = "NOT_FOUND";
  constructor(
    /** The id as the request gave it. */
    readonly requestedId: string,
  ) {
    super(`Nothing has the id ${JSON.stringify(requestedId)}.`);
  }
}

export class NotEnoughEmbeddingsError extends DomainError {
  readonly typename = "NotEnoughEmbeddingsError";
  readonly code = "NOT_ENOUGH_EMBEDDINGS";
  constructor(
    readonly available: number,
    readonly needed: number,
    { matched, because }: { matched: string; because: string },
  ) {
    super(`${available} embeddings match ${matched}, and ${because} needs at least ${needed}.`);
  }
}

export class ResourceLimitError extends DomainError {
  readonly typename = "ResourceLimitError";
  readonly code = "RESOURCE_LIMIT";
  constructor(
    message: string,
    readonly estimatedSeconds: number,
    readonly estimatedBytes: number,
    readonly suggestion: "HDBSCAN" | "APPROXIMATE_HDBSCAN" | null,
  ) {
    super(message);
  }
}

export class IdempotencyConflictError extends DomainError {
  readonly typename = "IdempotencyConflictError";
  readonly code = "IDEMPOTENCY_CONFLICT";
  constructor(
    readonly idempotencyKey: string,
    /** The kind of work that was requested with the key. */
    readonly kind: string,
    /** Bare UUID of the result or map that was requested with the key. */
    readonly subjectId: string,
  ) {
    super(`The idempotency key ${JSON.stringify(idempotencyKey)} was used with another input.`);
  }
}

export class ClusteringInProgressError extends DomainError {
  readonly typename = "ClusteringInProgressError";
  readonly code = "CLUSTERING_IN_PROGRESS";
  constructor(readonly clusteringResultId: string) {
    super("The clustering has not finished. Cancel it first.");
  }
}

export class RunInUseError extends DomainError {
  readonly typename = "RunInUseError";
  readonly code = "MEDOID_IN_USE";
  constructor(
    /** At most `mostSubjectsListed` of each table. */
    readonly usedBy: RunUse[],
  ) {
    const isUsedBy = (table: RunUse["table"]) => usedBy.some((use) => use.table === table);
    const users = [
      ...(isUsedBy("ClusteringResult") ? ["clustering results"] : []),
      ...(isUsedBy("EmbeddingMap") ? ["maps"] : []),
    ];
    super(`Embeddings of this run take part in ${users.join(" and ")}. Delete those first.`);
  }

  /** Bare UUIDs. */
  idsOf(table: RunUse["table"]): string[] {
    return this.usedBy.filter((use) => use.table === table).map(({ id }) => id);
  }
}

/** Maximum length, in characters, of a message that is sent to clients. */
export const longestMessage = 500;

/** A message, cut if it is longer than that, because it may repeat parts of a request of any length. */
export const shortenedMessage = (message: string): string => shortenedText(message, longestMessage);

/** Maximum length, in characters, of a value that an issue quotes. */
export const longestQuotation = 100;

/** A value as an issue quotes it: JSON, cut if it is longer than that. */
export function quotedValue(value: unknown): string | null {
  if (value === undefined) return null;
  return shortenedQuotation(
    typeof value === "number" || typeof value === "bigint" ? String(value) : jsonOf(value),
  );
}

export const shortenedQuotation = (text: string): string => shortenedText(text, longestQuotation);

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch (error) {
    // A line of a file may be nested so deep that JSON.stringify exhausts the stack.
    if (!(error instanceof RangeError)) throw error;
    return Array.isArray(value) ? "[…]" : "{…}";
  }
}
