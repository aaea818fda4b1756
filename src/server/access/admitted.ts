import type { Caller } from "./keyring.js";
import type { Refused, Reservation } from "./reservation.js";

/** A request that is served. */
export interface Admitted {
  readonly requester: Caller;
  /** Spends of what the requester may ask for. @returns null, or how many seconds later to come back */
  spend(cost: number): Promise<number | null>;
  /** Sets aside what an operation may cost. */
  reserve(cost: number): Promise<Reservation | Refused>;
}
