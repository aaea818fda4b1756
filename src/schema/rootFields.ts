// Every field of Query and Mutation may be null, so that an error in one leaves the others their data. What the
// descriptions say of it is written here once.

/** Of a field of Query that is null for no other reason. */
export const nullWithError = "Null only together with an error that says why.";

/** Of a field of Mutation. */
export const nullWithFailure =
  "Null only together with an error: where the error's path ends at this field nothing was done; where it goes deeper it was done, and only its result could not be read.";
