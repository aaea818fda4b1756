-- AlterEnum
ALTER TYPE "ClusteringStage" ADD VALUE 'REDUCING';

-- AlterTable
ALTER TABLE "ClusteringResult" ADD COLUMN     "reduction" TEXT COLLATE "C";
