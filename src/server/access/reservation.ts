/** What was set aside for an operation. */
export interface Reservation {
  /** Keeps `charge` of it, and gives back the rest. */
  settle(charge: number): Promise<void>;
}

export interface Refused {
  retryAfterSeconds: number;
}
