import type { IncomingMessage, ServerResponse } from "node:http";
import type { Settings } from "../../settings.js";
import { missingScope, type Refusal, rateLimited, unauthenticated } from "../errors.js";
import type { RejectionReason, Rejections } from "../limits/rejections.js";
import { refuse } from "../refusal.js";
import type { RequestRecord } from "../requestRecord.js";
import type { Admitted } from "./admitted.js";
import { authenticate } from "./authenticate.js";
import { clientAddress, isLoopback, limitedNetwork } from "./clientAddress.js";
import type { Keyring } from "./keyring.js";
import { callsOwnHost, foreignHost } from "./ownHost.js";
import { createRateLimit, requestCost } from "./rateLimit.js";

/**
 * Admits a request, or returns the reason why it is refused.
 * @param authorization replaces the request's own Authorization header
 */
type Admit = (
  request: IncomingMessage,
  record: RequestRecord,
  authorization?: string,
) => Promise<Admitted | Refusal>;

type Let<Outcome> = (
  request: IncomingMessage,
  response: ServerResponse,
  record: RequestRecord,
) => Promise<Outcome>;

/**
 * Decides which requests a process serves, whatever the process does. Except by `admit`, a refused request is
 * responded to and counted.
 */
export interface Admission {
  /** Whether a request needs a key. */
  keysRequired(): Promise<boolean>;
  /**
   * Sets the address on which the process listens. Until then, an address is assumed that only this machine
   * can reach.
   */
  listensOn(address: string): void;
  /**
   * Refuses a request that a page of another site may have sent by DNS rebinding: the server requires no key
   * and only this machine can reach it, but the Host header has a foreign name.
   * @returns false if the request was refused
   */
  checkHost: Let<boolean>;
  /**
   * Decides without responding or counting, for a WebSocket, whose key may come after the request that opens
   * it.
   */
  admit: Admit;
  /** Responds to a request that is not admitted, and counts it. */
  refuseRequest(
    reason: RejectionReason,
    refusal: Refusal,
    response: ServerResponse,
    record: RequestRecord,
  ): void;
  /**
   * Admits a request that has a valid key, if keys are required, and that is within the rate limit.
   * @returns null if the request was refused
   */
  admitOrRefuse: Let<Admitted | null>;
  /** Admits a request under the same conditions if its caller also has the scope `read`. */
  admitReader: Let<Admitted | null>;
}

/** @param ownUrls the URLs at which clients reach the process, besides the names of its own machine */
export function createAdmission(
  keyring: Keyring,
  settings: Settings,
  rejections: Rejections,
  ownUrls: readonly string[],
): Admission {
  const admit = createAdmit(keyring, settings);
  let isLocal = true;
  const keysRequired = async () => settings.requireKeys || (await keyring.isRequired());

  function refuseRequest(
    reason: RejectionReason,
    refusal: Refusal,
    response: ServerResponse,
    record: RequestRecord,
  ) {
    rejections.add(reason);
    refuse(response, record, refusal);
  }

  const admitOrRefuse: Let<Admitted | null> = async (request, response, record) => {
    const admitted = await admit(request, record);
    if ("requester" in admitted) return admitted;
    refuseRequest(admitted.extensions.code as RejectionReason, admitted, response, record);
    return null;
  };

  return {
    keysRequired,
    admit,
    refuseRequest,
    listensOn(address) {
      isLocal = isLoopback(address);
    },
    async checkHost(request, response, record) {
      if (!isLocal || callsOwnHost(request, ownUrls) || (await keysRequired())) return true;
      refuseRequest("HOST", foreignHost, response, record);
      return false;
    },
    admitOrRefuse,
    async admitReader(request, response, record) {
      const admitted = await admitOrRefuse(request, response, record);
      if (admitted === null || admitted.requester.scopes.has("read")) return admitted;
      refuseRequest("FORBIDDEN", missingScope("read"), response, record);
      return null;
    },
  };
}

/**
 * Creates the function that admits requests with a valid key, if keys are required, up to the rate limit of
 * each key or address. Requests without a key from this machine are not limited, unless trusted proxies are
 * configured, which pass on requests of others.
 */
function createAdmit(keyring: Keyring, settings: Settings): Admit {
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
    if (!requester) return unauthenticated();
    return {
      requester,
      spend: (cost) => limited.spend(who, cost),
      reserve: (cost) => limited.reserve(who, cost),
    };
  };
}
