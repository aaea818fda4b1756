import type { GraphQLError } from "graphql";
import { asError, asPartialError, type LimitExceeded, limitExceeded } from "../errors.js";

/** The reasons for which a request can be refused. */
export const rejectionReasons = [
  "TOKENS",
  "DEPTH",
  "INTROSPECTION_DEPTH",
  "ALIASES",
  "DIRECTIVES",
  "REPEATS",
  "VALIDATION",
  "BATCH",
  "BODY_BYTES",
  "NESTING",
  "VALUES",
  "COST",
  "ANSWER_BYTES",
  "SECONDS",
  "SOCKETS",
  "SOCKET_OPERATIONS",
  "CROSS_SITE",
  "HOST",
  "INTROSPECTION",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "RATE_LIMITED",
] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

/** Counts the requests that one server refused, by reason, for its metrics. */
export class Rejections {
  readonly #counts = new Map<RejectionReason, number>(rejectionReasons.map((reason) => [reason, 0]));

  add(reason: RejectionReason): void {
    this.#counts.set(reason, this.count(reason) + 1);
  }

  /** Returns the number of requests that were refused for this reason since the server was created. */
  count(reason: RejectionReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  /**
   * Returns every reason with its count, including zeros, so that a rate can be computed from the first
   * occurrence on.
   */
  counts(): IterableIterator<[RejectionReason, number]> {
    return this.#counts.entries();
  }
}

interface Exceeded extends LimitExceeded {
  limit: RejectionReason;
  /**
   * The response's status; default: 400, or 200 if the client accepts only application/json. Null if the
   * error concerns one field and the others have their data.
   */
  http?: { status: number; spec?: boolean } | null;
}

/**
 * Counts a rejection and creates its error: REQUEST_LIMIT, with the limit's name, its maximum and the actual
 * value.
 */
export type Refuse = (exceeded: Exceeded) => GraphQLError;

export function refuseWith(rejections: Rejections): Refuse {
  return ({ http = { status: 400, spec: true }, ...exceeded }) => {
    rejections.add(exceeded.limit);
    return http ? asError(limitExceeded(exceeded, http)) : asPartialError(limitExceeded(exceeded));
  };
}
