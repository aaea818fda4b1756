import type { IncomingMessage } from "node:http";
import type { Settings } from "../../settings.js";
import type { Refusal } from "../refusal.js";
import type { RequestRecord } from "../requestRecord.js";
import { authenticate, unauthenticated } from "./authenticate.js";
import { clientAddress, isLoopback, limitedNetwork } from "./clientAddress.js";
import type { Caller, Keyring } from "./keyring.js";
import { createRateLimit, type Refused, type Reservation, rateLimited, requestCost } from "./rateLimit.js";

/** A request that was let in. */
export interface Admitted {
  readonly requester: Caller;
  /** Spends of what the requester may ask for. @returns null, or how many seconds later to come back */
  spend(cost: number): Promise<number | null>;
  /** Sets aside what an operation may cost. */
  reserve(cost: number): Promise<Reservation | Refused>;
}

/**
 * Lets requests in, or tells why not.
 * @param authorization who asks, where the request's own header does not say
 */
export type Gate = (
  request: IncomingMessage,
  record: RequestRecord,
  authorization?: string,
) => Promise<Admitted | Refusal>;

/**
 * Who may come in: whoever has a key where keys are needed, and as often as the rate limit lets each key, or each
 * address. This machine's own processes are not limited, unless they are proxies for others.
 */
export function createGate(keyring: Keyring, settings: Settings): Gate {
  const { requireKeys, trustedProxies, rateLimit } = settings;
  const limit = createRateLimit(rateLimit);
  const none = createRateLimit(0);
  return async (request, record, authorization = request.headers.authorization) => {
    const requester = await authenticate(keyring, authorization, requireKeys);
    let who: string;
    let limited = limit;
    if (requester?.id) {
      record.caller = requester.id;
      who = `key ${requester.id}`;
    } else {
      const address = clientAddress(request, trustedProxies);
      who = `address ${limitedNetwork(address)}`;
      if (trustedProxies === 0 && isLoopback(address)) limited = none;
    }
    const retryAfterSeconds = await limited.spend(who, requestCost);
    if (retryAfterSeconds !== null) return rateLimited(retryAfterSeconds);
    if (!requester) return unauthenticated;
    return {
      requester,
      spend: (cost) => limited.spend(who, cost),
      reserve: (cost) => limited.reserve(who, cost),
    };
  };
}
