-- CreateTable
CREATE TABLE "Job" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "subjectId" TEXT NOT NULL,
    "parentId" TEXT,
    "status" TEXT NOT NULL DEFAULT 'QUEUED',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "handedBack" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT,
    "leaseExpiresAt" DATETIME,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "requestedBy" TEXT NOT NULL DEFAULT '',
    "idempotencyKey" TEXT,
    "requestDigest" TEXT,
    CONSTRAINT "Job_parentId_fkey" FOREIGN KEY ("parentId") REFERENCES "Job" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- Every clustering that is there gets its job, as far as it has come
INSERT INTO "Job" ("id", "kind", "subjectId", "status", "attempt", "handedBack", "leaseOwner", "leaseExpiresAt", "createdAt", "requestedBy", "idempotencyKey", "requestDigest")
SELECT "id", 'clustering', "id", "status", "attempt", "handedBack", "leaseOwner", "leaseExpiresAt", "createdAt", "requestedBy", "idempotencyKey", "requestDigest"
FROM "ClusteringResult";

-- DropIndex
DROP INDEX "ClusteringResult_requestedBy_idempotencyKey_key";

-- AlterTable
ALTER TABLE "ClusteringResult" DROP COLUMN "handedBack";
ALTER TABLE "ClusteringResult" DROP COLUMN "leaseOwner";
ALTER TABLE "ClusteringResult" DROP COLUMN "leaseExpiresAt";
ALTER TABLE "ClusteringResult" DROP COLUMN "requestedBy";
ALTER TABLE "ClusteringResult" DROP COLUMN "idempotencyKey";
ALTER TABLE "ClusteringResult" DROP COLUMN "requestDigest";

-- CreateIndex
CREATE INDEX "Job_status_createdAt_id_idx" ON "Job"("status", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Job_parentId_idx" ON "Job"("parentId");

-- CreateIndex
CREATE UNIQUE INDEX "Job_kind_requestedBy_idempotencyKey_key" ON "Job"("kind", "requestedBy", "idempotencyKey");
