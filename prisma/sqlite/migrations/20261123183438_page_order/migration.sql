-- DropIndex
DROP INDEX "ClusterAssignment_clusteringResultId_clusterId_outlierScore_idx";

-- DropIndex
DROP INDEX "ClusterAssignment_clusterId_probability_embeddingId_idx";

-- CreateIndex
CREATE INDEX "ClusterAssignment_clusterId_probability_embeddingId_idx" ON "ClusterAssignment"("clusterId", "probability" DESC, "embeddingId");

-- CreateIndex
CREATE INDEX "ClusterAssignment_clusteringResultId_clusterId_outlierScore_embeddingId_idx" ON "ClusterAssignment"("clusteringResultId", "clusterId", "outlierScore" DESC, "embeddingId");
