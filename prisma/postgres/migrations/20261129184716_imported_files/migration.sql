-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "importedFileId" UUID;

-- CreateTable
CREATE TABLE "ImportedFile" (
    "id" UUID NOT NULL,
    "path" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ImportedFile_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SharedRun" (
    "runId" UUID NOT NULL,
    "importedFileId" UUID NOT NULL,

    CONSTRAINT "SharedRun_pkey" PRIMARY KEY ("runId","importedFileId")
);

-- CreateIndex
CREATE INDEX "SharedRun_importedFileId_runId_idx" ON "SharedRun"("importedFileId", "runId");

-- CreateIndex
CREATE INDEX "Run_importedFileId_id_idx" ON "Run"("importedFileId", "id");

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_importedFileId_fkey" FOREIGN KEY ("importedFileId") REFERENCES "ImportedFile"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SharedRun" ADD CONSTRAINT "SharedRun_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SharedRun" ADD CONSTRAINT "SharedRun_importedFileId_fkey" FOREIGN KEY ("importedFileId") REFERENCES "ImportedFile"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
