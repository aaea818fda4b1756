/**
 * Processor time of the process in microseconds while `act` runs: the least of some measurements, because other threads
 * of the process may work during one.
 */
export function leastProcessorTime(act: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    act();
    return process.cpuUsage(before).user;
  });
  return Math.min(...times);
}
