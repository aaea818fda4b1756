-- CreateTable
CREATE TABLE "EmbeddingMap" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "embeddingModelId" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "neighbours" INTEGER,
    "minDistance" REAL,
    "seed" INTEGER,
    "metric" TEXT NOT NULL,
    "normalize" BOOLEAN NOT NULL,
    "filter" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'QUEUED',
    "progress" REAL NOT NULL DEFAULT 0,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" DATETIME,
    "failureCode" TEXT,
    "failureMessage" TEXT,
    "engineVersion" TEXT NOT NULL,
    "inputDigest" TEXT,
    "embeddingCount" INTEGER,
    "trustworthiness" REAL,
    CONSTRAINT "EmbeddingMap_embeddingModelId_fkey" FOREIGN KEY ("embeddingModelId") REFERENCES "EmbeddingModel" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "MapPosition" (
    "embeddingMapId" TEXT NOT NULL,
    "embeddingId" TEXT NOT NULL,
    "x" REAL NOT NULL,
    "y" REAL NOT NULL,

    PRIMARY KEY ("embeddingMapId", "embeddingId"),
    CONSTRAINT "MapPosition_embeddingMapId_fkey" FOREIGN KEY ("embeddingMapId") REFERENCES "EmbeddingMap" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "MapPosition_embeddingId_fkey" FOREIGN KEY ("embeddingId") REFERENCES "Embedding" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
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
