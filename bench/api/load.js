import { Agent, request } from "node:http";

/**
 * Asks again and again, each connection as soon as it has its answer.
 * @param options.body what is posted
 * @param options.headers besides the content type
 * @param options.until ends it, once `seconds` are over too
 * @returns milliseconds of each request, sorted, and how many there were a second
 */
export async function load(url, { body, connections, seconds, headers = {}, until = Promise.resolve() }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times = [];
  let over = false;
  const ask = () =>
    new Promise((resolve, reject) => {
      const started = performance.now();
      const sent = request(
        url,
        {
          agent,
          method: "POST",
          headers: {
            "Content-Type": "application/json",
            "Content-Length": Buffer.byteLength(body),
            ...headers,
          },
        },
        (response) => {
          response.on("data", () => {});
          response.on("end", () => {
            times.push(performance.now() - started);
            if (response.statusCode === 200) resolve();
            else reject(new Error(`HTTP ${response.statusCode}`));
          });
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  const started = performance.now();
  const lanes = Array.from({ length: connections }, async () => {
    while (!over) await ask();
  });
  await Promise.race([
    Promise.all([new Promise((resolve) => setTimeout(resolve, 1000 * seconds)), until]),
    Promise.all(lanes),
  ]);
  over = true;
  await Promise.all(lanes);
  const rate = (1000 * times.length) / (performance.now() - started);
  agent.destroy();
  times.sort((a, b) => a - b);
  const quantile = (q) => times[Math.min(times.length - 1, Math.floor(q * times.length))];
  return { count: times.length, rate, p50: quantile(0.5), p99: quantile(0.99) };
}
