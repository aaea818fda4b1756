-- CreateTable
CREATE TABLE "SpanningTree" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "byteLength" INTEGER NOT NULL,
    "checksum" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "SpanningTreePiece" (
    "spanningTreeId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "bytes" BLOB NOT NULL,

    PRIMARY KEY ("spanningTreeId", "number"),
    CONSTRAINT "SpanningTreePiece_spanningTreeId_fkey" FOREIGN KEY ("spanningTreeId") REFERENCES "SpanningTree" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- AlterTable: written by hand, because Prisma would copy the whole table
ALTER TABLE "ClusteringResult" ADD COLUMN "spanningTreeId" TEXT
    CONSTRAINT "ClusteringResult_spanningTreeId_fkey" REFERENCES "SpanningTree" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- CreateIndex
CREATE INDEX "ClusteringResult_spanningTreeId_idx" ON "ClusteringResult"("spanningTreeId");
