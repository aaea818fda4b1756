-- AlterTable
ALTER TABLE "ClusteringResult" ADD COLUMN     "finishingNumber" INTEGER;

-- Those that are there: by the time at which they finished
UPDATE "ClusteringResult" SET "finishingNumber" = "finished"."number"
FROM (
  SELECT "id", row_number() OVER (ORDER BY "finishedAt", "id") AS "number"
  FROM "ClusteringResult" WHERE "status" = 'SUCCEEDED'
) AS "finished"
WHERE "finished"."id" = "ClusteringResult"."id";

-- CreateIndex
CREATE UNIQUE INDEX "ClusteringResult_finishingNumber_key" ON "ClusteringResult"("finishingNumber");

-- CreateIndex
CREATE INDEX "ClusteringResult_embeddingModelId_finishingNumber_idx" ON "ClusteringResult"("embeddingModelId", "finishingNumber");
