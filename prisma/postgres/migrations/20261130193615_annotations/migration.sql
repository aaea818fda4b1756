-- CreateTable
CREATE TABLE "ClusteringResultAnnotation" (
    "id" UUID NOT NULL,
    "name" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "revision" INTEGER NOT NULL,

    CONSTRAINT "ClusteringResultAnnotation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ClusterAnnotation" (
    "id" UUID NOT NULL,
    "name" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",

    CONSTRAINT "ClusterAnnotation_pkey" PRIMARY KEY ("id")
);

-- AddForeignKey
ALTER TABLE "ClusteringResultAnnotation" ADD CONSTRAINT "ClusteringResultAnnotation_id_fkey" FOREIGN KEY ("id") REFERENCES "ClusteringResult"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ClusterAnnotation" ADD CONSTRAINT "ClusterAnnotation_id_fkey" FOREIGN KEY ("id") REFERENCES "Cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;
