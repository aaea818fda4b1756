// Every field of Query and Mutation is nullable, so that an error in one of them does not remove the data of the
// others. These are the sentences that the descriptions of such fields share.

/** For fields of Query that are null for no other reason. */
export const nullWithError = "Null only together with an error that gives the reason.";

/** For fields of Mutation. */
export const nullWithFailure =
  "Null only together with an error: if the error's path ends at this field, nothing was changed; if the path goes deeper, the change was made and only its result could not be read.";
