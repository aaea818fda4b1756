-- CreateIndex
CREATE INDEX "Invocation_model_idx" ON "Invocation"("model");
