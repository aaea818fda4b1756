import { GraphQLError } from "graphql";

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

interface Exceeded {
  limit: RejectionReason;
  maximum: number;
  /** Absent where counting stopped at the limit. */
  actual?: number;
  message: string;
  /**
   * The answer's status; where it depends on what the client accepts, see GraphQL over HTTP. Null where the error is
   * of one field and the others' data are answered: such an answer is 200.
   */
  http?: { status: number; spec?: boolean } | null;
}

/** Counts the rejection and makes its error: REQUEST_LIMIT, with the limit's name, its maximum and the actual value. */
export type Refuse = (exceeded: Exceeded) => GraphQLError;

export function refuseWith(rejections: Rejections): Refuse {
  return ({ limit, maximum, actual, message, http = { status: 400, spec: true } }) => {
    rejections.add(limit);
    const extensions = {
      code: "REQUEST_LIMIT",
      limit,
      maximum,
      ...(actual !== undefined && { actual }),
      ...(http && { http }),
    };
    return new GraphQLError(message, { extensions });
  };
}
