import { type ExecutionArgs, GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Rejections } from "../limits/rejections.js";
import type { Refusal } from "../refusal.js";
import type { Admitted } from "./gate.js";

/** How much each caller may ask for in a minute, in the cost that `extensions.cost` tells. */
export interface RateLimit {
  /** @returns null, or how many seconds later to come back */
  spend(caller: string, cost: number): Promise<number | null>;
}

/** @param costPerMinute 0: no limit */
export function createRateLimit(costPerMinute: number): RateLimit {
  if (costPerMinute === 0) return { spend: async () => null };
  const limiter = new RateLimiterMemory({ points: costPerMinute, duration: 60 });
  return {
    async spend(caller, cost) {
      try {
        // What costs more than a minute's share takes all of it: it is answered, alone.
        await limiter.consume(caller, Math.min(cost, costPerMinute));
        return null;
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      }
    },
  };
}

/** For what is refused before GraphQL sees it. */
export function rateLimited(retryAfterSeconds: number): Refusal {
  return {
    status: 429,
    message: messageOf(retryAfterSeconds),
    extensions: { code: "RATE_LIMITED", retryAfterSeconds },
    headers: { "Retry-After": retryAfterSeconds },
  };
}

/** Spends what an operation costs before it is executed, as the plugin that counts it left it in the context. */
export function limitRate(rejections: Rejections): Plugin<Pick<Admitted, "spend">> {
  async function admit({ contextValue }: ExecutionArgs): Promise<void> {
    const { spend, cost = 0 } = contextValue as Pick<Admitted, "spend"> & { cost?: number };
    const retryAfterSeconds = await spend(cost);
    if (retryAfterSeconds === null) return;
    rejections.add("RATE_LIMITED");
    throw new GraphQLError(messageOf(retryAfterSeconds), {
      extensions: {
        code: "RATE_LIMITED",
        retryAfterSeconds,
        http: { status: 429, headers: { "Retry-After": String(retryAfterSeconds) } },
      },
    });
  }
  return {
    onExecute: ({ args }) => admit(args as ExecutionArgs),
    onSubscribe: ({ args }) => admit(args as ExecutionArgs),
  };
}

const messageOf = (seconds: number) =>
  `Too much was asked for in too short a time. Come back in ${seconds} s.`;
