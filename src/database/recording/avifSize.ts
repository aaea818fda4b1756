import type { PixelSize } from "./pixelSize.js";

/** A box of the ISO base media file format (ISO/IEC 14496-12), without its header. */
interface Box {
  type: string;
  content: DataView;
}

/**
 * The size of the primary image of an AVIF file, as the properties of the item state it (ISO/IEC 23008-12); if
 * the file does not say which properties are whose, the largest size. Each box is read once, so that the time
 * is linear in the number of bytes, which image-size's is not.
 * @returns null if the bytes do not hold all metadata, or the image is cropped
 */
export function avifSize(bytes: Uint8Array): PixelSize | null {
  const meta = contentOf(boxesIn(viewOf(bytes)), "meta");
  if (!meta) return null;
  const boxes = [...boxesIn(after(meta, fullBoxHeader))];
  const itemProperties = contentOf(boxes, "iprp");
  if (!itemProperties) return null;
  const groups = [...boxesIn(itemProperties)];
  const container = contentOf(groups, "ipco");
  if (!container) return null;
  const properties = [...boxesIn(container)];
  const primary = contentOf(boxes, "pitm");
  const indexes = primary && propertiesOf(primaryItem(primary), groups);
  const own = indexes ? properties.filter((_, i) => indexes.has(i + 1)) : properties;
  if (own.some(({ type }) => type === "clap")) return null;
  let largest: PixelSize | null = null;
  for (const { type, content } of own) {
    if (type !== "ispe") continue;
    const size = { width: content.getUint32(4), height: content.getUint32(8) };
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest;
}

/** The version, a byte, and the flags, three, with which the content of some types of boxes begins. */
const fullBoxHeader = 4;

/** The boxes up to the first that is not whole. Nothing is copied. */
function* boxesIn(view: DataView): Generator<Box> {
  for (let at = 0; at + 8 <= view.byteLength; ) {
    const left = view.byteLength - at;
    let header = 8;
    let size = view.getUint32(at);
    if (size === 0)
      size = left; // to the end
    else if (size === 1) {
      header = 16;
      if (left < header) return;
      size = Number(view.getBigUint64(at + 8));
    }
    if (size < header || size > left) return;
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));
    yield { type, content: new DataView(view.buffer, view.byteOffset + at + header, size - header) };
    at += size;
  }
}

function contentOf(boxes: Iterable<Box>, type: string): DataView | undefined {
  for (const box of boxes) if (box.type === type) return box.content;
  return undefined;
}

function primaryItem(content: DataView): number {
  return content.getUint8(0) === 0 ? content.getUint16(fullBoxHeader) : content.getUint32(fullBoxHeader);
}

/**
 * The indexes, from 1, of the properties of an item; undefined if none are associated with it.
 */
function propertiesOf(item: number, groups: readonly Box[]): Set<number> | undefined {
  for (const { type, content } of groups) {
    if (type !== "ipma") continue;
    const idBytes = content.getUint8(0) === 0 ? 2 : 4;
    const indexBytes = content.getUint8(3) & 1 ? 2 : 1;
    const items = content.getUint32(4);
    let at = 8;
    for (let i = 0; i < items; i++) {
      const id = idBytes === 2 ? content.getUint16(at) : content.getUint32(at);
      const count = content.getUint8(at + idBytes);
      at += idBytes + 1;
      if (id === item) {
        const indexes = new Set<number>();
        for (let j = 0; j < count; j++, at += indexBytes) {
          // The highest bit says whether the property is essential.
          indexes.add(indexBytes === 2 ? content.getUint16(at) & 0x7fff : content.getUint8(at) & 0x7f);
        }
        return indexes;
      }
      at += count * indexBytes;
    }
  }
  return undefined;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength);

const after = ({ buffer, byteOffset, byteLength }: DataView, bytes: number) =>
  new DataView(buffer, byteOffset + bytes, byteLength - bytes);
