import type { PrismaClient } from "../src/database/generated/sqlite/client.js";

export interface JobState {
  status?: "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
  attempt?: number;
  handedBack?: number;
  leaseOwner?: string | null;
  leaseExpiresAt?: Date | null;
}

/** Puts a clustering and its job into a state as another process would have left them. */
export async function leaveClustering(prisma: PrismaClient, id: string, state: JobState): Promise<void> {
  const { status, attempt } = state;
  await prisma.$transaction([
    prisma.job.update({ where: { id }, data: state }),
    prisma.clusteringResult.update({ where: { id }, data: { status, attempt } }),
  ]);
}

/** The same for a map. */
export async function leaveMap(prisma: PrismaClient, id: string, state: JobState): Promise<void> {
  const { status, attempt } = state;
  await prisma.$transaction([
    prisma.job.update({ where: { id }, data: state }),
    prisma.embeddingMap.update({ where: { id }, data: { status, attempt } }),
  ]);
}

/** A clustering with the lease and the attempts of its job. */
export async function clusteringWithJob(prisma: PrismaClient, id: string) {
  const clustering = await prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
  const { handedBack, leaseOwner, leaseExpiresAt } = await prisma.job.findUniqueOrThrow({ where: { id } });
  return { ...clustering, handedBack, leaseOwner, leaseExpiresAt };
}
