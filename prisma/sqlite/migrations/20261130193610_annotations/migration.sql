-- CreateTable
CREATE TABLE "ClusteringResultAnnotation" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT,
    "note" TEXT,
    "revision" INTEGER NOT NULL,
    CONSTRAINT "ClusteringResultAnnotation_id_fkey" FOREIGN KEY ("id") REFERENCES "ClusteringResult" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "ClusterAnnotation" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT,
    "note" TEXT,
    CONSTRAINT "ClusterAnnotation_id_fkey" FOREIGN KEY ("id") REFERENCES "Cluster" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
