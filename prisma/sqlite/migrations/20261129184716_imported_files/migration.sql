-- CreateTable
CREATE TABLE "ImportedFile" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "path" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- AlterTable: written by hand, because Prisma would copy the whole table
ALTER TABLE "Run" ADD COLUMN "importedFileId" TEXT
    CONSTRAINT "Run_importedFileId_fkey" REFERENCES "ImportedFile" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "SharedRun" (
    "runId" TEXT NOT NULL,
    "importedFileId" TEXT NOT NULL,

    PRIMARY KEY ("runId", "importedFileId"),
    CONSTRAINT "SharedRun_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "SharedRun_importedFileId_fkey" FOREIGN KEY ("importedFileId") REFERENCES "ImportedFile" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Run_importedFileId_id_idx" ON "Run"("importedFileId", "id");

-- CreateIndex
CREATE INDEX "SharedRun_importedFileId_runId_idx" ON "SharedRun"("importedFileId", "runId");
