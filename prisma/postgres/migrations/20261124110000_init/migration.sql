-- CreateEnum
CREATE TYPE "InvocationType" AS ENUM ('TEXT', 'IMAGE');

-- CreateEnum
CREATE TYPE "ClusteringAlgorithm" AS ENUM ('HDBSCAN', 'APPROXIMATE_HDBSCAN');

-- CreateEnum
CREATE TYPE "ClusteringStatus" AS ENUM ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "ClusteringStage" AS ENUM ('LOADING', 'PREPARING', 'NEIGHBOURS', 'SPANNING_TREE', 'CLUSTERS', 'MEDOIDS', 'STORING');

-- CreateEnum
CREATE TYPE "ClusterSelectionMethod" AS ENUM ('EXCESS_OF_MASS', 'LEAF');

-- CreateEnum
CREATE TYPE "DistanceMetric" AS ENUM ('EUCLIDEAN', 'COSINE');

-- CreateTable
CREATE TABLE "Run" (
    "id" UUID NOT NULL,
    "network" TEXT COLLATE "C" NOT NULL,
    "initialPrompt" TEXT COLLATE "C" NOT NULL,
    "seed" BIGINT,
    "maxLength" INTEGER,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Invocation" (
    "id" UUID NOT NULL,
    "runId" UUID NOT NULL,
    "sequenceNumber" INTEGER NOT NULL,
    "model" TEXT COLLATE "C" NOT NULL,
    "type" "InvocationType" NOT NULL,
    "seed" BIGINT,
    "inputInvocationId" UUID,
    "outputText" TEXT COLLATE "C",
    "outputImageMediaType" TEXT COLLATE "C",
    "startedAt" TIMESTAMPTZ(3),
    "completedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Invocation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "OutputImage" (
    "invocationId" UUID NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "OutputImage_pkey" PRIMARY KEY ("invocationId")
);

-- CreateTable
CREATE TABLE "EmbeddingModel" (
    "id" UUID NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "dimensions" INTEGER NOT NULL,
    "embeddingCount" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "EmbeddingModel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Embedding" (
    "id" UUID NOT NULL,
    "invocationId" UUID NOT NULL,
    "embeddingModelId" UUID NOT NULL,
    "vector" BYTEA NOT NULL,

    CONSTRAINT "Embedding_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ClusteringResult" (
    "id" UUID NOT NULL,
    "embeddingModelId" UUID NOT NULL,
    "algorithm" "ClusteringAlgorithm" NOT NULL,
    "minClusterSize" INTEGER NOT NULL,
    "minSamples" INTEGER NOT NULL,
    "clusterSelectionMethod" "ClusterSelectionMethod" NOT NULL,
    "clusterSelectionEpsilon" DOUBLE PRECISION NOT NULL,
    "maxClusterSize" INTEGER,
    "alpha" DOUBLE PRECISION NOT NULL,
    "allowSingleCluster" BOOLEAN NOT NULL,
    "metric" "DistanceMetric" NOT NULL,
    "normalize" BOOLEAN NOT NULL,
    "filter" TEXT COLLATE "C" NOT NULL,
    "status" "ClusteringStatus" NOT NULL DEFAULT 'QUEUED',
    "stage" "ClusteringStage",
    "progress" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "handedBack" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT COLLATE "C",
    "leaseExpiresAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),
    "failureCode" TEXT COLLATE "C",
    "failureMessage" TEXT COLLATE "C",
    "engineVersion" TEXT COLLATE "C" NOT NULL,
    "inputDigest" TEXT COLLATE "C",
    "embeddingCount" INTEGER,
    "clusterCount" INTEGER,
    "outlierCount" INTEGER,
    "requestedBy" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "idempotencyKey" TEXT COLLATE "C",
    "requestDigest" TEXT COLLATE "C",

    CONSTRAINT "ClusteringResult_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Cluster" (
    "id" UUID NOT NULL,
    "clusteringResultId" UUID NOT NULL,
    "label" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "persistence" DOUBLE PRECISION NOT NULL,
    "medoidEmbeddingId" UUID NOT NULL,
    "medoidPoint" INTEGER NOT NULL,

    CONSTRAINT "Cluster_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ClusterAssignment" (
    "clusteringResultId" UUID NOT NULL,
    "embeddingId" UUID NOT NULL,
    "clusterId" UUID,
    "probability" DOUBLE PRECISION NOT NULL,
    "outlierScore" DOUBLE PRECISION NOT NULL,
    "point" INTEGER NOT NULL,

    CONSTRAINT "ClusterAssignment_pkey" PRIMARY KEY ("clusteringResultId","embeddingId")
);

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" UUID NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "hash" TEXT COLLATE "C" NOT NULL,
    "scopes" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
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
CREATE INDEX "ClusterAssignment_clusterId_probability_embeddingId_idx" ON "ClusterAssignment"("clusterId", "probability" DESC, "embeddingId");

-- CreateIndex
CREATE INDEX "ClusterAssignment_clusterId_point_idx" ON "ClusterAssignment"("clusterId", "point");

-- CreateIndex
CREATE INDEX "ClusterAssignment_clusteringResultId_clusterId_outlierScore_idx" ON "ClusterAssignment"("clusteringResultId", "clusterId", "outlierScore" DESC, "embeddingId");

-- CreateIndex
CREATE INDEX "ApiKey_createdAt_id_idx" ON "ApiKey"("createdAt", "id");

-- AddForeignKey
ALTER TABLE "Invocation" ADD CONSTRAINT "Invocation_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Invocation" ADD CONSTRAINT "Invocation_inputInvocationId_fkey" FOREIGN KEY ("inputInvocationId") REFERENCES "Invocation"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "OutputImage" ADD CONSTRAINT "OutputImage_invocationId_fkey" FOREIGN KEY ("invocationId") REFERENCES "Invocation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Embedding" ADD CONSTRAINT "Embedding_invocationId_fkey" FOREIGN KEY ("invocationId") REFERENCES "Invocation"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Embedding" ADD CONSTRAINT "Embedding_embeddingModelId_fkey" FOREIGN KEY ("embeddingModelId") REFERENCES "EmbeddingModel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ClusteringResult" ADD CONSTRAINT "ClusteringResult_embeddingModelId_fkey" FOREIGN KEY ("embeddingModelId") REFERENCES "EmbeddingModel"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Cluster" ADD CONSTRAINT "Cluster_clusteringResultId_fkey" FOREIGN KEY ("clusteringResultId") REFERENCES "ClusteringResult"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Cluster" ADD CONSTRAINT "Cluster_medoidEmbeddingId_fkey" FOREIGN KEY ("medoidEmbeddingId") REFERENCES "Embedding"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ClusterAssignment" ADD CONSTRAINT "ClusterAssignment_clusteringResultId_fkey" FOREIGN KEY ("clusteringResultId") REFERENCES "ClusteringResult"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ClusterAssignment" ADD CONSTRAINT "ClusterAssignment_embeddingId_fkey" FOREIGN KEY ("embeddingId") REFERENCES "Embedding"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ClusterAssignment" ADD CONSTRAINT "ClusterAssignment_clusterId_fkey" FOREIGN KEY ("clusterId") REFERENCES "Cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;
