import type { IncomingMessage } from "node:http";
import type { RequestRecord } from "../operation/requestRecord.js";
import type { Refusal } from "../refusal.js";
import type { Settings } from "../settings.js";
import { authenticate, unauthenticated } from "./authenticate.js";
import { clientAddress, isLoopback, limitedNetwork } from "./clientAddress.js";
import type { Caller, Keyring } from "./keyring.js";
import { createRateLimit, rateLimited } from "./rateLimit.js";

/** A request that was let in. */
export interface Admitted {
  readonly requester: Caller;
  /** Spends of what the requester may ask for. @returns null, or how many seconds later to come back */
  spend(cost: number): Promise<number | null>;
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

/** Every request costs this much, whatever it asks for: also one whose key is wrong, or whose document is not valid. */
const requestCost = 1;

/**
 * Who may come in: whoever has a key where keys are needed, and as often as the rate limit lets each key, or each
 * address. This machine's own processes are not limited, unless they are proxies for others.
 */
export function createGate(keyring: Keyring, settings: Settings): Gate {
  const { requireKeys, trustedProxies, rateLimit } = settings;
  const limit = createRateLimit(rateLimit);
  return async (request, record, authorization = request.headers.authorization) => {
    const requester = await authenticate(keyring, authorization, requireKeys);
    let spend: Admitted["spend"] = async () => null;
    if (requester?.id) {
      record.caller = requester.id;
      spend = (cost) => limit.spend(`key ${requester.id}`, cost);
    } else {
      const address = clientAddress(request, trustedProxies);
      const own = trustedProxies === 0 && isLoopback(address);
      if (!own) spend = (cost) => limit.spend(`address ${limitedNetwork(address)}`, cost);
    }
    const retryAfterSeconds = await spend(requestCost);
    if (retryAfterSeconds !== null) return rateLimited(retryAfterSeconds);
    return requester ? { requester, spend } : unauthenticated;
  };
}
