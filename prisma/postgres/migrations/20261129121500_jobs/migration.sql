-- CreateEnum
CREATE TYPE "JobStatus" AS ENUM ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

-- CreateTable
CREATE TABLE "Job" (
    "id" UUID NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "subjectId" UUID NOT NULL,
    "parentId" UUID,
    "status" "JobStatus" NOT NULL DEFAULT 'QUEUED',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "handedBack" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT COLLATE "C",
    "leaseExpiresAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "requestedBy" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "idempotencyKey" TEXT COLLATE "C",
    "requestDigest" TEXT COLLATE "C",

    CONSTRAINT "Job_pkey" PRIMARY KEY ("id")
);

-- Nobody moves a clustering from here on until all is in its place
LOCK TABLE "ClusteringResult" IN ACCESS EXCLUSIVE MODE;

-- Every clustering that is there gets its job, as far as it has come
INSERT INTO "Job" ("id", "kind", "subjectId", "status", "attempt", "handedBack", "leaseOwner", "leaseExpiresAt", "createdAt", "requestedBy", "idempotencyKey", "requestDigest")
SELECT "id", 'clustering', "id", "status"::text::"JobStatus", "attempt", "handedBack", "leaseOwner", "leaseExpiresAt", "createdAt", "requestedBy", "idempotencyKey", "requestDigest"
FROM "ClusteringResult";

-- DropIndex
DROP INDEX "ClusteringResult_requestedBy_idempotencyKey_key";

-- AlterTable
ALTER TABLE "ClusteringResult" DROP COLUMN "handedBack",
DROP COLUMN "idempotencyKey",
DROP COLUMN "leaseExpiresAt",
DROP COLUMN "leaseOwner",
DROP COLUMN "requestDigest",
DROP COLUMN "requestedBy";

-- CreateIndex
CREATE INDEX "Job_status_createdAt_id_idx" ON "Job"("status", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Job_parentId_idx" ON "Job"("parentId");

-- CreateIndex
CREATE UNIQUE INDEX "Job_kind_requestedBy_idempotencyKey_key" ON "Job"("kind", "requestedBy", "idempotencyKey");

-- AddForeignKey
ALTER TABLE "Job" ADD CONSTRAINT "Job_parentId_fkey" FOREIGN KEY ("parentId") REFERENCES "Job"("id") ON DELETE CASCADE ON UPDATE CASCADE;
