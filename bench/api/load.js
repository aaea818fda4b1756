import { connect } from "node:net";

/**
 * Sends the same request repeatedly, on each connection as soon as the response to the previous one has arrived. It
 * writes the same bytes each time and parses only where a response ends, because the load shares the machine with the
 * server that is measured.
 * @param options.body what is posted
 * @param options.headers in addition to the content type
 * @param options.until the load ends when this has settled and `seconds` are over
 * @returns milliseconds of each request, at p50 and p99, how many requests there were, and how many a second
 */
export async function load(url, { body, connections, seconds, headers = {}, until = Promise.resolve() }) {
  const { hostname, port, host, pathname } = new URL(url);
  const request = Buffer.from(
    [
      `POST ${pathname} HTTP/1.1`,
      `Host: ${host}`,
      "Content-Type: application/json",
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      `Content-Length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
  const times = [];
  let over = false;

  /** One connection, from its first request to its last. */
  const lane = () =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      let sentAt;
      let received = [];
      let missing = Number.POSITIVE_INFINITY;
      const ask = () => {
        if (over) return socket.end();
        received = [];
        missing = Number.POSITIVE_INFINITY;
        sentAt = performance.now();
        socket.write(request);
      };
      socket.on("connect", ask);
      socket.on("data", (chunk) => {
        if (missing === Number.POSITIVE_INFINITY) {
          received.push(chunk);
          const text = Buffer.concat(received).toString("latin1");
          const end = text.indexOf("\r\n\r\n");
          if (end < 0) return;
          const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1];
          if (!text.startsWith("HTTP/1.1 200 ") || length === undefined) {
            socket.destroy(new Error(`The response is not a 200 of known length: ${text.slice(0, end)}`));
            return;
          }
          missing = end + 4 + Number(length) - text.length;
        } else missing -= chunk.length;
        if (missing > 0) return;
        times.push(performance.now() - sentAt);
        ask();
      });
      socket.on("error", reject);
      socket.on("close", resolve);
    });

  const started = performance.now();
  const lanes = Promise.all(Array.from({ length: connections }, lane));
  const time = Promise.all([new Promise((resolve) => setTimeout(resolve, 1000 * seconds)), until]);
  await Promise.race([
    time,
    lanes.then(() => Promise.reject(new Error("The server closed the connections"))),
  ]);
  over = true;
  await lanes;
  const rate = (1000 * times.length) / (performance.now() - started);
  times.sort((a, b) => a - b);
  const quantile = (q) => times[Math.min(times.length - 1, Math.floor(q * times.length))];
  return { count: times.length, rate, p50: quantile(0.5), p99: quantile(0.99) };
}
