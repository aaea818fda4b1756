-- AlterTable
ALTER TABLE "Invocation" ADD COLUMN "externalId" TEXT;
ALTER TABLE "Invocation" ADD COLUMN "metadata" TEXT;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN "metadata" TEXT;
