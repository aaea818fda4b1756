import { type ExecutionArgs, type ExecutionResult, getOperationAST, OperationTypeNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Context } from "../../schema/context.js";
import { asError, rateLimited } from "../errors.js";
import { chargeForRows } from "../limits/complexity.js";
import type { Rejections } from "../limits/rejections.js";
import type { Admitted } from "./admitted.js";
import type { Refused, Reservation } from "./reservation.js";

/**
 * Cost of every request besides that of its operation. It is charged even if the key or the document is
 * invalid.
 */
export const requestCost = 1;

/** Limits the cost of each caller's requests per minute. */
export interface RateLimit {
  /**
   * Charges a cost to a caller.
   * @returns null, or the number of seconds after which the caller may try again
   */
  spend(caller: string, cost: number): Promise<number | null>;
  /**
   * Reserves the maximum cost of an operation before its actual cost is known, so that operations that run
   * concurrently cannot exceed the limit together. A reservation that is refused costs nothing.
   */
  reserve(caller: string, cost: number): Promise<Reservation | Refused>;
}

const unlimited: Reservation = { settle: async () => {} };

/** @param costPerMinute 0 for no limit */
export function createRateLimit(costPerMinute: number): RateLimit {
  if (costPerMinute === 0) return { spend: async () => null, reserve: async () => unlimited };
  const limiter = new RateLimiterMemory({ points: costPerMinute, duration: 60 });

  async function consume(caller: string, points: number): Promise<RateLimiterRes | Refused> {
    try {
      return await limiter.consume(caller, points);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      return { retryAfterSeconds: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)) };
    }
  }

  return {
    async spend(caller, cost) {
      const consumed = await consume(caller, cost);
      return "retryAfterSeconds" in consumed ? consumed.retryAfterSeconds : null;
    },
    async reserve(caller, cost) {
      // An operation that may cost more than the limit of a minute reserves all of it except the cost of its
      // request, so that it can be executed, alone.
      const reserved = Math.min(cost, Math.max(0, costPerMinute - requestCost));
      const consumed = await consume(caller, reserved);
      if ("retryAfterSeconds" in consumed) {
        await limiter.reward(caller, reserved);
        return consumed;
      }
      const end = performance.now() + consumed.msBeforeNext;
      return {
        async settle(charge) {
          // In a later minute nothing is given back, because that minute began with the full limit.
          if (charge < reserved && performance.now() < end) await limiter.reward(caller, reserved - charge);
        },
      };
    },
  };
}

/**
 * Reserves the complexity of an operation, which another plugin has stored in the context, before the
 * operation is executed. When a query ends, successfully or not, it is charged only for the rows that it
 * read, and for other work as soon as this begins. This plugin must come after all plugins that replace the execute function, so that it wraps the whole
 * execution.
 */
export function limitRate(rejections: Rejections): Plugin<RatedContext> {
  const refusal = (retryAfterSeconds: number) => {
    rejections.add("RATE_LIMITED");
    return asError(rateLimited(retryAfterSeconds));
  };
  async function admit({ contextValue }: { contextValue: RatedContext }): Promise<Reservation> {
    const reserved = await contextValue.reserve(contextValue.complexity ?? 0);
    if ("settle" in reserved) return reserved;
    throw refusal(reserved.retryAfterSeconds);
  }
  /**
   * Charges for work as it begins, so that operations that run concurrently do not begin much more than the limit
   * allows together. Work that costs more than what is left may still begin, or a large one never could.
   */
  function chargeForWork({ rowsRead, spend }: RatedContext): void {
    // One after the other, so that what begins at once is charged before the next is admitted.
    let last: Promise<unknown> = Promise.resolve();
    rowsRead.admitWork((cost) => {
      const admitted = last.then(async () => {
        const retryAfterSeconds = await spend(0);
        if (retryAfterSeconds !== null) throw refusal(retryAfterSeconds);
        await spend(cost);
      });
      last = admitted.catch(() => {});
      return admitted;
    });
  }
  return {
    async onExecute({ args, executeFn, setExecuteFn }) {
      const reservation = await admit(args);
      chargeForWork(args.contextValue);
      if (getOperationAST(args.document, args.operationName)?.operation !== "query") return;
      const { rowsRead, cancellation, spend } = args.contextValue;
      setExecuteFn(async (given: ExecutionArgs): Promise<ExecutionResult> => {
        let failed = true;
        try {
          const result: ExecutionResult = await executeFn(given);
          failed = result.errors !== undefined;
          return result;
        } finally {
          await reservation.settle(chargeForRows(OperationTypeNode.QUERY, args.contextValue));
          rowsRead.settle((late) => void spend(late));
          // After an error in a non-null field, graphql-js may return while other resolvers are still
          // reading; their results are not needed.
          if (failed) setImmediate(() => cancellation.abort());
        }
      });
    },
    async onSubscribe({ args }) {
      const { contextValue } = args as { contextValue: RatedContext };
      await admit({ contextValue });
      chargeForWork(contextValue);
    },
  };
}

type RatedContext = Pick<Admitted, "spend" | "reserve"> & Context;
