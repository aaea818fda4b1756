/** What each request carries: the API key of MEDOID_KEY, where there is one. */
export const headers: Record<string, string> = process.env.MEDOID_KEY
  ? { Authorization: `Bearer ${process.env.MEDOID_KEY}` }
  : {};
