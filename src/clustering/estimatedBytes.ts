/** Bytes that a thread's code and garbage take. */
export const THREAD_BYTES = 45 * 2 ** 20;

/** Bytes per row of the hash table in which copies are found. */
export const COPIES_BYTES = 32;

/** Bytes per distinct row of the arrays that sort them. */
export const SORTING_BYTES = 40;
