import type { Caller } from "./keyring.js";
import type { Refused, Reservation } from "./reservation.js";

/** The requester of a request that was admitted, and the requester's rate limit. */
export interface Admitted {
  readonly requester: Caller;
  /**
   * Charges a cost to the requester's rate limit.
   * @returns null, or the number of seconds after which the requester may try again
   */
  spend(cost: number): Promise<number | null>;
  /** Reserves the maximum cost of an operation from the requester's rate limit. */
  reserve(cost: number): Promise<Reservation | Refused>;
}
