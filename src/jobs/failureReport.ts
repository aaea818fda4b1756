const sameFailureMilliseconds = 30_000;

/** Tells that the database could not be used and is tried again: the same failure once in a while. */
export function createFailureReport(): (error: unknown) => void {
  let told: { message: string; at: number } | undefined;
  return (error) => {
    const message = error instanceof Error ? error.message : String(error);
    if (told?.message === message && performance.now() - told.at < sameFailureMilliseconds) return;
    told = { message, at: performance.now() };
    console.error("The queue cannot use the database now, and tries again:", error);
  };
}
