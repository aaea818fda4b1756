// How many assignments the database counts in about the time in which a row of a response is read.

export const countedWithInvocationsPerRow = 20;

/** By a value of their metadata: the database parses the JSON of each invocation and run. */
export const countedByMetadataPerRow = 1;
