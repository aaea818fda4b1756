/** A part of a caller's rate limit that is reserved for one operation. */
export interface Reservation {
  /** Charges `charge` and gives back the rest of the reservation. */
  settle(charge: number): Promise<void>;
}

/** A reservation that was refused because of the rate limit. */
export interface Refused {
  retryAfterSeconds: number;
}
