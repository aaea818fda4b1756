import { imageMediaTypes } from "../database/recording/imageMediaType.js";
import { present } from "../resolvers/loaders/nodeLoader.js";
import type { InvocationRow } from "../resolvers/rows.js";
import { builder } from "./builder.js";

/** The invocation that produced the image, with its media type. */
type OutputImage = Pick<InvocationRow, "id"> & { mediaType: string };

export function outputImageOf(row: InvocationRow): OutputImage | null {
  const { id, outputImageMediaType: mediaType } = row;
  return mediaType === null ? null : { id, mediaType };
}

/** Describes a field with a media type. */
export const mediaTypes = `The media type: ${imageMediaTypes.slice(0, -1).join(", ")} or ${imageMediaTypes.at(-1)}.`;

const withoutSize =
  "Null if the size cannot be read from the first bytes of the image, or an SVG states none.";

export const outputImage = builder.objectRef<OutputImage>("OutputImage").implement({
  description: "An image that a model produced: its size, and where its bytes are.",
  fields: (t) => ({
    mediaType: t.string({
      extensions: { long: false },
      description: mediaTypes,
      resolve: ({ mediaType }) => mediaType,
    }),
    width: t.int({
      nullable: true,
      description: `The width in pixels, 1 or more, before any rotation that the image's metadata asks for. ${withoutSize}`,
      resolve: async ({ id }, _, { loaders }) => (await loaders.imageSize.load(id))?.width ?? null,
    }),
    height: t.int({
      nullable: true,
      description: `The height in pixels, 1 or more, as the width. ${withoutSize}`,
      resolve: async ({ id }, _, { loaders }) => (await loaders.imageSize.load(id))?.height ?? null,
    }),
    byteLength: t.int({
      description: "The number of bytes of the image, 1 or more.",
      resolve: ({ id }, _, { loaders }) => present(loaders.imageLength, id),
    }),
    url: t.string({
      description: "The URL of the image, the same as outputImageUrl of its invocation.",
      resolve: ({ id }, _, { imageUrl }) => imageUrl(id),
    }),
  }),
});
