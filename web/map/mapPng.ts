import { hexColour } from "./colours.js";
import { fontFamily, haloWidth, type MapPicture } from "./mapSvg.js";
import { createPointLayer } from "./pointLayer.js";
import { ringRadius } from "./pointStyle.js";

/** Pixels of a picture per pixel of the view. */
const pictureRatio = 2;

/**
 * A picture as PNG, with twice as many pixels as the view.
 * @throws Error if the browser cannot draw it
 */
export async function mapPng({ title: _, ...picture }: MapPicture): Promise<Blob> {
  const { points, colours, camera, size, style, names } = picture;
  const drawing = document.createElement("canvas");
  const layer = createPointLayer(drawing);
  const [width, height] = [size.width * pictureRatio, size.height * pictureRatio];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  if (layer === null || context === null) throw new Error("This browser cannot draw the picture.");
  context.fillStyle = hexColour(style.background);
  context.fillRect(0, 0, width, height);
  layer.setPoints(points);
  layer.setColours(colours);
  layer.draw(camera, size, pictureRatio, style);
  context.drawImage(drawing, 0, 0);
  layer.dispose();
  context.scale(pictureRatio, pictureRatio);
  context.strokeStyle = hexColour(style.text);
  context.lineWidth = 1.4;
  for (const { ring } of names) {
    context.beginPath();
    context.arc(...ring, ringRadius(style.radius), 0, 2 * Math.PI);
    context.stroke();
  }
  context.textAlign = "center";
  context.lineJoin = "round";
  context.lineWidth = haloWidth;
  context.strokeStyle = hexColour(style.background);
  context.fillStyle = hexColour(style.text);
  for (const { name, fontSize, x, y } of names) {
    context.font = `600 ${fontSize}px ${fontFamily}`;
    context.strokeText(name, x, y);
    context.fillText(name, x, y);
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large."))),
      "image/png",
    ),
  );
}
