-- AlterTable
ALTER TABLE "ClusteringResult" ADD COLUMN "reduction" TEXT;
