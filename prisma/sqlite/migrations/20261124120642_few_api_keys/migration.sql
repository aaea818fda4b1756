-- DropIndex
DROP INDEX "ApiKey_createdAt_id_idx";
