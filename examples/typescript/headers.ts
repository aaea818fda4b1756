/** The headers of each request: the API key of MEDOID_KEY, if it is set. */
export const headers: Record<string, string> = process.env.MEDOID_KEY
  ? { Authorization: `Bearer ${process.env.MEDOID_KEY}` }
  : {};
