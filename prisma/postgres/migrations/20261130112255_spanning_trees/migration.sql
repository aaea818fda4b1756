-- AlterTable
ALTER TABLE "ClusteringResult" ADD COLUMN     "spanningTreeId" UUID;

-- CreateTable
CREATE TABLE "SpanningTree" (
    "id" UUID NOT NULL,
    "byteLength" INTEGER NOT NULL,
    "checksum" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "SpanningTree_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SpanningTreePiece" (
    "spanningTreeId" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "SpanningTreePiece_pkey" PRIMARY KEY ("spanningTreeId","number")
);

-- CreateIndex
CREATE INDEX "ClusteringResult_spanningTreeId_idx" ON "ClusteringResult"("spanningTreeId");

-- AddForeignKey
ALTER TABLE "SpanningTreePiece" ADD CONSTRAINT "SpanningTreePiece_spanningTreeId_fkey" FOREIGN KEY ("spanningTreeId") REFERENCES "SpanningTree"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ClusteringResult" ADD CONSTRAINT "ClusteringResult_spanningTreeId_fkey" FOREIGN KEY ("spanningTreeId") REFERENCES "SpanningTree"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
