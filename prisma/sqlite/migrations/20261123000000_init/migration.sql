-- CreateTable
CREATE TABLE "Run" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "network" TEXT NOT NULL,
    "initialPrompt" TEXT NOT NULL,
    "seed" BIGINT,
    "maxLength" INTEGER,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- CreateTable
CREATE TABLE "Invocation" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "runId" TEXT NOT NULL,
    "sequenceNumber" INTEGER NOT NULL,
    "model" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "seed" BIGINT,
    "inputInvocationId" TEXT,
    "outputText" TEXT,
    "outputImageMediaType" TEXT,
    "startedAt" DATETIME,
    "completedAt" DATETIME,
    CONSTRAINT "Invocation_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Invocation_inputInvocationId_fkey" FOREIGN KEY ("inputInvocationId") REFERENCES "Invocation" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "OutputImage" (
    "invocationId" TEXT NOT NULL PRIMARY KEY,
    "bytes" BLOB NOT NULL,
    CONSTRAINT "OutputImage_invocationId_fkey" FOREIGN KEY ("invocationId") REFERENCES "Invocation" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "EmbeddingModel" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "dimensions" INTEGER NOT NULL,
    "embeddingCount" INTEGER NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "Embedding" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "invocationId" TEXT NOT NULL,
    "embeddingModelId" TEXT NOT NULL,
    "vector" BLOB NOT NULL,
    CONSTRAINT "Embedding_invocationId_fkey" FOREIGN KEY ("invocationId") REFERENCES "Invocation" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Embedding_embeddingModelId_fkey" FOREIGN KEY ("embeddingModelId") REFERENCES "EmbeddingModel" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "ClusteringResult" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "embeddingModelId" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "minClusterSize" INTEGER NOT NULL,
    "minSamples" INTEGER NOT NULL,
    "clusterSelectionMethod" TEXT NOT NULL,
    "clusterSelectionEpsilon" REAL NOT NULL,
    "maxClusterSize" INTEGER,
    "alpha" REAL NOT NULL,
    "allowSingleCluster" BOOLEAN NOT NULL,
    "metric" TEXT NOT NULL,
    "normalize" BOOLEAN NOT NULL,
    "filter" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'QUEUED',
    "stage" TEXT,
    "progress" REAL NOT NULL DEFAULT 0,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "handedBack" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT,
    "leaseExpiresAt" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,
    "failureCode" TEXT,
    "failureMessage" TEXT,
    "engineVersion" TEXT NOT NULL,
    "inputDigest" TEXT,
    "embeddingCount" INTEGER,
    "clusterCount" INTEGER,
    "outlierCount" INTEGER,
    "requestedBy" TEXT NOT NULL DEFAULT '',
    "idempotencyKey" TEXT,
    "requestDigest" TEXT,
    CONSTRAINT "ClusteringResult_embeddingModelId_fkey" FOREIGN KEY ("embeddingModelId") REFERENCES "EmbeddingModel" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Cluster" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "clusteringResultId" TEXT NOT NULL,
    "label" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "persistence" REAL NOT NULL,
    "medoidEmbeddingId" TEXT NOT NULL,
    "medoidPoint" INTEGER NOT NULL,
    CONSTRAINT "Cluster_clusteringResultId_fkey" FOREIGN KEY ("clusteringResultId") REFERENCES "ClusteringResult" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Cluster_medoidEmbeddingId_fkey" FOREIGN KEY ("medoidEmbeddingId") REFERENCES "Embedding" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "ClusterAssignment" (
    "clusteringResultId" TEXT NOT NULL,
    "embeddingId" TEXT NOT NULL,
    "clusterId" TEXT,
    "probability" REAL NOT NULL,
    "outlierScore" REAL NOT NULL,
    "point" INTEGER NOT NULL,

    PRIMARY KEY ("clusteringResultId", "embeddingId"),
    CONSTRAINT "ClusterAssignment_clusteringResultId_fkey" FOREIGN KEY ("clusteringResultId") REFERENCES "ClusteringResult" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "ClusterAssignment_embeddingId_fkey" FOREIGN KEY ("embeddingId") REFERENCES "Embedding" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "ClusterAssignment_clusterId_fkey" FOREIGN KEY ("clusterId") REFERENCES "Cluster" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Run_createdAt_id_idx" ON "Run"("createdAt", "id");

-- CreateIndex
CREATE INDEX "Invocation_inputInvocationId_idx" ON "Invocation"("inputInvocationId");

-- CreateIndex
CREATE UNIQUE INDEX "Invocation_runId_sequenceNumber_key" ON "Invocation"("runId", "sequenceNumber");

-- CreateIndex
CREATE UNIQUE INDEX "EmbeddingModel_name_key" ON "EmbeddingModel"("name");

-- CreateIndex
CREATE INDEX "Embedding_embeddingModelId_idx" ON "Embedding"("embeddingModelId");

-- CreateIndex
CREATE UNIQUE INDEX "Embedding_invocationId_embeddingModelId_key" ON "Embedding"("invocationId", "embeddingModelId");

-- CreateIndex
CREATE INDEX "ClusteringResult_createdAt_id_idx" ON "ClusteringResult"("createdAt", "id");

-- CreateIndex
CREATE INDEX "ClusteringResult_status_createdAt_idx" ON "ClusteringResult"("status", "createdAt");

-- CreateIndex
CREATE INDEX "ClusteringResult_embeddingModelId_status_createdAt_idx" ON "ClusteringResult"("embeddingModelId", "status", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "ClusteringResult_requestedBy_idempotencyKey_key" ON "ClusteringResult"("requestedBy", "idempotencyKey");

-- CreateIndex
CREATE INDEX "Cluster_medoidEmbeddingId_idx" ON "Cluster"("medoidEmbeddingId");

-- CreateIndex
CREATE UNIQUE INDEX "Cluster_clusteringResultId_label_key" ON "Cluster"("clusteringResultId", "label");

-- CreateIndex
CREATE INDEX "ClusterAssignment_embeddingId_idx" ON "ClusterAssignment"("embeddingId");

-- CreateIndex
CREATE INDEX "ClusterAssignment_clusterId_probability_embeddingId_idx" ON "ClusterAssignment"("clusterId", "probability", "embeddingId");

-- CreateIndex
CREATE INDEX "ClusterAssignment_clusterId_point_idx" ON "ClusterAssignment"("clusterId", "point");

-- CreateIndex
CREATE INDEX "ClusterAssignment_clusteringResultId_clusterId_outlierScore_idx" ON "ClusterAssignment"("clusteringResultId", "clusterId", "outlierScore");
