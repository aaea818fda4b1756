import type { GraphQLError } from "graphql";
import { asError, asPartialError, type LimitExceeded, limitExceeded } from "../errors.js";

/** What a request can be refused for. */
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

/** Counts by reason what one server refused, for whoever measures it. */
export class Rejections {
  readonly #counts = new Map<RejectionReason, number>(rejectionReasons.map((reason) => [reason, 0]));

  add(reason: RejectionReason): void {
    this.#counts.set(reason, this.count(reason) + 1);
  }

  /** How many requests were refused for this since the server was made. */
  count(reason: RejectionReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  /** Every reason with its count, those that have not occurred too: a rate is there from the first one on. */
  counts(): IterableIterator<[RejectionReason, number]> {
    return this.#counts.entries();
  }
}

interface Exceeded extends LimitExceeded {
  limit: RejectionReason;
  /**
   * The response's status; default: 400, or 200 where the client accepts application/json alone. Null where the error
   * is of one field and the others have their data.
   */
  http?: { status: number; spec?: boolean } | null;
}

/** Counts the rejection and makes its error: REQUEST_LIMIT, with the limit's name, its maximum and the actual value. */
export type Refuse = (exceeded: Exceeded) => GraphQLError;

export function refuseWith(rejections: Rejections): Refuse {
  return ({ http = { status: 400, spec: true }, ...exceeded }) => {
    rejections.add(exceeded.limit);
    return http ? asError(limitExceeded(exceeded, http)) : asPartialError(limitExceeded(exceeded));
  };
}
