-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "metadata" TEXT COLLATE "C";

-- AlterTable
ALTER TABLE "Invocation" ADD COLUMN     "externalId" TEXT COLLATE "C",
ADD COLUMN     "metadata" TEXT COLLATE "C";
