/** Whether a field holds the vector of an embedding, in any of the forms in which spans have `embedding.vector`. */
export const isVectorOfSpan = (name: string): boolean => name === "vector" || name.endsWith(".vector");
