import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { findInvocation } from "../api/recordedIds.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import { addExamples, addNotes } from "../options/helpText.js";
import { number } from "../output/clusteringResult.js";
import { writeFiles } from "../output/outputFile.js";
import { printable } from "../output/printable.js";
import { ArgumentError, CommandError, InterruptedError } from "../process.js";

const imageQuery = /* GraphQL */ `
  query Image($id: ID!) {
    invocation(id: $id) { id type outputImage { mediaType width height byteLength url } }
  }
`;

interface ImageData {
  invocation: {
    id: string;
    type: string;
    outputImage: {
      mediaType: string;
      width: number | null;
      height: number | null;
      byteLength: number;
      url: string;
    } | null;
  } | null;
}

export function addImageCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("image")
    .description("write the bytes of the image that an invocation produced, as they were recorded")
    .argument("<ID>", "the id or the external id of the invocation")
    .option("--out <FILE>", "the file to write, which replaces an existing one (default: standard output)")
    .action((id: string, { out }: { out?: string }) => {
      const { stdout, stderr, signal } = cli();
      if (out === undefined && (stdout as { isTTY?: boolean }).isTTY) {
        throw new ArgumentError(
          "An image is not text for a terminal. Add --out FILE, or redirect the output: > FILE.",
        );
      }
      return withApi(cli(), async (api) => {
        const invocationId = await findInvocation(api, id);
        const { invocation } = await api.execute<ImageData>(imageQuery, { id: invocationId });
        const image = invocation?.outputImage;
        if (!image) {
          const instead = invocation?.type === "IMAGE" ? "it was not recorded" : "its output is a text";
          throw new CommandError(`There is no image of ${invocationId}: ${instead}.`);
        }
        const content = api.download(image.url, signal);
        try {
          await (out === undefined
            ? pipeline(content, stdout, { end: false })
            : writeFiles([{ path: out, content }], signal));
        } catch (error) {
          if (signal.aborted) throw new InterruptedError("Stopped. The image was not written.");
          throw error;
        }
        const { mediaType, width, height, byteLength } = image;
        const size = width && height ? `, ${width} × ${height} pixels` : "";
        stderr.write(
          `${printable(mediaType)}${size}, ${number(byteLength)} bytes${out === undefined ? "" : ` in ${printable(out)}`}\n`,
        );
      });
    });
  addNotes(
    command,
    "The media type, the size in pixels and the number of bytes are printed to standard error.",
  );
  addExamples(
    command,
    "medoid image Invocation:0198c1b2-0000-7000-8002-000000000006 > image.webp",
    "medoid image row-17 --out image.webp",
  );
}
