-- AlterTable
ALTER TABLE "ClusteringResult" ADD COLUMN "placedCount" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "EmbeddingMap" ADD COLUMN "placedCount" INTEGER NOT NULL DEFAULT 0;
