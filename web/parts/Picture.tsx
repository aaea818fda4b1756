import { useSignal } from "@preact/signals";
import { ownAddress } from "../client/server.js";

interface PictureProps {
  image: { url: string; width: number | null; height: number | null };
  /** What it is, for those who do not see it. */
  name: string;
  /** Whether the picture is a link to itself. */
  isLink?: boolean;
}

/** An image that a model produced. As the source of an `<img>`, an SVG runs no scripts and loads nothing. */
export function Picture({ image, name, isLink = false }: PictureProps) {
  const failedUrl = useSignal<string | null>(null);
  const address = ownAddress(image.url);
  if (failedUrl.value === address) return <span class="no-picture">{name} (it cannot be shown)</span>;
  const picture = (
    <img
      src={address}
      alt={name}
      loading="lazy"
      decoding="async"
      width={image.width ?? undefined}
      height={image.height ?? undefined}
      onError={() => {
        failedUrl.value = address;
      }}
    />
  );
  if (!isLink) return <span class="picture">{picture}</span>;
  return (
    <a class="picture" href={address} target="_blank" rel="noreferrer">
      {picture}
    </a>
  );
}
