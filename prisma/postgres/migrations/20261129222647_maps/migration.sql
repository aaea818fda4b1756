-- CreateEnum
CREATE TYPE "ReductionMethod" AS ENUM ('UMAP', 'PCA');

-- CreateTable
CREATE TABLE "EmbeddingMap" (
    "id" UUID NOT NULL,
    "embeddingModelId" UUID NOT NULL,
    "method" "ReductionMethod" NOT NULL,
    "neighbours" INTEGER,
    "minDistance" DOUBLE PRECISION,
    "seed" INTEGER,
    "metric" "DistanceMetric" NOT NULL,
    "normalize" BOOLEAN NOT NULL,
    "filter" TEXT COLLATE "C" NOT NULL,
    "status" "JobStatus" NOT NULL DEFAULT 'QUEUED',
    "progress" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),
    "failureCode" TEXT COLLATE "C",
    "failureMessage" TEXT COLLATE "C",
    "engineVersion" TEXT COLLATE "C" NOT NULL,
    "inputDigest" TEXT COLLATE "C",
    "embeddingCount" INTEGER,
    "trustworthiness" DOUBLE PRECISION,

    CONSTRAINT "EmbeddingMap_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "MapPosition" (
    "embeddingMapId" UUID NOT NULL,
    "embeddingId" UUID NOT NULL,
    "x" DOUBLE PRECISION NOT NULL,
    "y" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "MapPosition_pkey" PRIMARY KEY ("embeddingMapId","embeddingId")
);

-- CreateIndex
CREATE INDEX "EmbeddingMap_createdAt_id_idx" ON "EmbeddingMap"("createdAt", "id");

-- CreateIndex
CREATE INDEX "EmbeddingMap_embeddingModelId_createdAt_id_idx" ON "EmbeddingMap"("embeddingModelId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "EmbeddingMap_inputDigest_createdAt_id_idx" ON "EmbeddingMap"("inputDigest", "createdAt", "id");

-- CreateIndex
CREATE INDEX "EmbeddingMap_status_createdAt_idx" ON "EmbeddingMap"("status", "createdAt");

-- CreateIndex
CREATE INDEX "MapPosition_embeddingId_idx" ON "MapPosition"("embeddingId");

-- AddForeignKey
ALTER TABLE "EmbeddingMap" ADD CONSTRAINT "EmbeddingMap_embeddingModelId_fkey" FOREIGN KEY ("embeddingModelId") REFERENCES "EmbeddingModel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "MapPosition" ADD CONSTRAINT "MapPosition_embeddingMapId_fkey" FOREIGN KEY ("embeddingMapId") REFERENCES "EmbeddingMap"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "MapPosition" ADD CONSTRAINT "MapPosition_embeddingId_fkey" FOREIGN KEY ("embeddingId") REFERENCES "Embedding"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
