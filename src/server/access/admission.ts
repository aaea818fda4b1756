import type { IncomingMessage, ServerResponse } from "node:http";
import type { Settings } from "../../settings.js";
import type { RejectionReason, Rejections } from "../limits/rejections.js";
import { type Refusal, refuse } from "../refusal.js";
import type { RequestRecord } from "../requestRecord.js";
import { mayNotRead } from "./authenticate.js";
import { isLoopback } from "./clientAddress.js";
import { type Admitted, createGate, type Gate } from "./gate.js";
import type { Keyring } from "./keyring.js";
import { callsOwnHost, foreignHost } from "./ownHost.js";

type Let<Outcome> = (
  request: IncomingMessage,
  response: ServerResponse,
  record: RequestRecord,
) => Promise<Outcome>;

/** Where requests come in to a process, whatever it serves. Whoever is not let in is answered, and counted. */
export interface Entrance {
  /** Whether requests need a key. */
  keysRequired(): Promise<boolean>;
  /** Says which address it listens on. Until then: one that only this machine reaches. */
  listensOn(address: string): void;
  /**
   * Refuses what a page of another site may have sent, by a name of its own, to a server that is open to this machine.
   * @returns whether it may go on
   */
  letOwnHost: Let<boolean>;
  /** Says who may come in, and answers nothing: for a request whose key may come later. */
  admit: Gate;
  /** Answers a request that is not let in, and counts it. */
  turnAway(reason: RejectionReason, refusal: Refusal, response: ServerResponse, record: RequestRecord): void;
  /** Whoever has a key, where keys are needed, and asks for no more than the rate limit. Null: refused. */
  letIn: Let<Admitted | null>;
  /** Likewise, whose key allows to read. */
  letRead: Let<Admitted | null>;
}

/** @param ownUrls where clients reach the process, besides the names of its own machine */
export function createEntrance(
  keyring: Keyring,
  settings: Settings,
  rejections: Rejections,
  ownUrls: readonly string[],
): Entrance {
  const admit = createGate(keyring, settings);
  let isLocal = true;
  const keysRequired = async () => settings.requireKeys || (await keyring.isRequired());

  function turnAway(
    reason: RejectionReason,
    refusal: Refusal,
    response: ServerResponse,
    record: RequestRecord,
  ) {
    rejections.add(reason);
    refuse(response, record, refusal);
  }

  const letIn: Let<Admitted | null> = async (request, response, record) => {
    const admitted = await admit(request, record);
    if ("requester" in admitted) return admitted;
    turnAway(admitted.extensions.code as RejectionReason, admitted, response, record);
    return null;
  };

  return {
    keysRequired,
    admit,
    turnAway,
    listensOn(address) {
      isLocal = isLoopback(address);
    },
    async letOwnHost(request, response, record) {
      if (!isLocal || callsOwnHost(request, ownUrls) || (await keysRequired())) return true;
      turnAway("HOST", foreignHost, response, record);
      return false;
    },
    letIn,
    async letRead(request, response, record) {
      const admitted = await letIn(request, response, record);
      if (admitted === null || admitted.requester.scopes.has("read")) return admitted;
      turnAway("FORBIDDEN", mayNotRead, response, record);
      return null;
    },
  };
}
