import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";

/** How many times as long the longer input is. */
const timesAsLong = 16;

/**
 * Sixteen short inputs are as long together as the longer one: what takes linear time takes as long for them, what
 * takes quadratic time a sixteenth. The limit is between the two, because reading memory and collecting garbage take
 * somewhat longer for longer inputs.
 */
const limit = 4;

/** Processor time, in milliseconds, in which nothing can be measured. */
const negligible = 1;

/** A machine that is busy can spoil many measurements, but hardly as many as this. */
const rounds = 50;

/** Milliseconds between two rounds, in which other threads of the process may come to an end. */
const pause = 20;

/**
 * Expects that `work` takes time that grows in proportion to the length of its input. An input of `length` and inputs of
 * a sixteenth of it are measured in turn, until the least times of both are in proportion: what other processes and
 * threads do can only make a measurement longer, so that linear work reaches the limit soon, and quadratic work never.
 * @param length large enough for quadratic work to take much more than a millisecond
 * @param name what the failure says is slow
 */
export async function expectLinearTime<Input>(
  inputOf: (length: number) => Input,
  length: number,
  work: (input: Input) => unknown,
  name = "the time",
): Promise<void> {
  const long = inputOf(length);
  const short = inputOf(length / timesAsLong);
  let least = { long: Number.POSITIVE_INFINITY, short: Number.POSITIVE_INFINITY };
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await delay(pause);
    // The long input first: code that is not compiled yet would make the short ones seem slow.
    least = {
      ...least,
      long: Math.min(
        least.long,
        processorTime(() => work(long)),
      ),
    };
    if (least.long < negligible) return;
    const repeated = processorTime(() => {
      for (let i = 0; i < timesAsLong; i++) work(short);
    });
    least = { ...least, short: Math.min(least.short, repeated) };
    if (least.long <= limit * least.short) return;
  }
  const factor = ((timesAsLong * least.long) / least.short).toFixed(0);
  expect.fail(
    `${name}: ${factor} times as long for ${timesAsLong} times the length (${least.long.toFixed(1)} ms for ${length})`,
  );
}

/** Processor time of this process in milliseconds, which other processes hardly lengthen. */
function processorTime(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
