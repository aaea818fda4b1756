/**
 * The embedding, as an id, of a member of the cluster "pair"."id" whose distinct vector has the number "pair"."number":
 * the first one in the order of their ids. The index of cluster and vector finds them.
 */
export const firstOfVector = `(
  SELECT "row"."embeddingId" FROM "ClusterAssignment" AS "row"
  WHERE "row"."clusterId" = "pair"."id" AND "row"."point" = "pair"."number" ORDER BY "row"."embeddingId" LIMIT 1)`;
