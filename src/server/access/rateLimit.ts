import { type ExecutionArgs, type ExecutionResult, getOperationAST, OperationTypeNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Context } from "../../schema/context.js";
import { asError, rateLimited } from "../errors.js";
import { charge } from "../limits/complexity.js";
import type { Rejections } from "../limits/rejections.js";
import type { Admitted } from "./admitted.js";
import type { Refused, Reservation } from "./reservation.js";

/** Every request costs this much, whatever it asks for: also one whose key is wrong, or whose document is not valid. */
export const requestCost = 1;

/** How much each caller may ask for in a minute. */
export interface RateLimit {
  /** @returns null, or how many seconds later to come back */
  spend(caller: string, cost: number): Promise<number | null>;
  /**
   * Sets aside what an operation may cost, before it is known what it does: many at once have no more than one after
   * the other. What is refused spends nothing.
   */
  reserve(caller: string, cost: number): Promise<Reservation | Refused>;
}

const unlimited: Reservation = { settle: async () => {} };

/** @param costPerMinute 0: no limit */
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
      // What may cost more than a minute's share reserves all of it but its own request: it is answered, alone.
      const reserved = Math.min(cost, Math.max(0, costPerMinute - requestCost));
      const consumed = await consume(caller, reserved);
      if ("retryAfterSeconds" in consumed) {
        await limiter.reward(caller, reserved);
        return consumed;
      }
      const end = performance.now() + consumed.msBeforeNext;
      return {
        async settle(charge) {
          // In a later minute there is nothing to give back: it has begun with the whole share.
          if (charge < reserved && performance.now() < end) await limiter.reward(caller, reserved - charge);
        },
      };
    },
  };
}

/**
 * Reserves what an operation may cost before it is executed, as the plugin that counts it left it in the context, and
 * charges a query with what was read once it has ended, however it ends. It stands after the plugins that decide how
 * operations are executed, so that the execution that it sees is the whole one.
 */
export function limitRate(rejections: Rejections): Plugin<RatedContext> {
  async function admit({ contextValue }: { contextValue: RatedContext }): Promise<Reservation> {
    const reserved = await contextValue.reserve(contextValue.complexity ?? 0);
    if ("settle" in reserved) return reserved;
    rejections.add("RATE_LIMITED");
    throw asError(rateLimited(reserved.retryAfterSeconds));
  }
  return {
    async onExecute({ args, executeFn, setExecuteFn }) {
      const reservation = await admit(args);
      if (getOperationAST(args.document, args.operationName)?.operation !== "query") return;
      const { rowsRead, cancellation, spend } = args.contextValue;
      setExecuteFn(async (given: ExecutionArgs): Promise<ExecutionResult> => {
        let failed = true;
        try {
          const result: ExecutionResult = await executeFn(given);
          failed = result.errors !== undefined;
          return result;
        } finally {
          await reservation.settle(charge(OperationTypeNode.QUERY, args.contextValue));
          rowsRead.settle((late) => void spend(late));
          // graphql answers at the first error below what cannot be null, while others still read: nobody needs it.
          if (failed) setImmediate(() => cancellation.abort());
        }
      });
    },
    async onSubscribe({ args }) {
      await admit(args as { contextValue: RatedContext });
    },
  };
}

type RatedContext = Pick<Admitted, "spend" | "reserve"> & Context;
