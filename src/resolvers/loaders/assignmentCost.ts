/**
 * How many assignments the database counts, with their invocations, in about the time in which a row of a response is
 * read.
 */
export const assignmentsPerRow = 20;
