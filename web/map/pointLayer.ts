import type { Camera, Size } from "./camera.js";
import type { ColouredPoints } from "./colouring.js";
import { outlierOpacity, outlierRadius, type PointStyle } from "./pointStyle.js";
import { outlier, type PointTable } from "./pointTable.js";

/** Draws points. */
export interface PointLayer {
  /** Shows other points. */
  setPoints(points: PointTable): void;
  /** Takes over what has been appended to the points since the last call. */
  update(): void;
  setColours(colours: ColouredPoints): void;
  /** @param pixelRatio the pixels of the screen per pixel of CSS */
  draw(camera: Camera, size: Size, pixelRatio: number, style: PointStyle): void;
  dispose(): void;
}

/** Of a point that fades because it is not emphasised. */
const fadedOpacity = 0.1;
/** The number of colours in a row of their texture. */
const paletteWidth = 1024;
/** A label, and a code, that no point has. */
const none = -3;

// A point's colour is that of its code in the palette; outliers are smaller and paler.
const vertexShader = `#version 300 es
precision highp float;
precision highp int;
uniform vec2 centre;
uniform vec2 scale;
uniform vec2 radii; // of points and of outliers, in pixels of the screen
uniform vec2 opacities;
uniform vec3 muted;
uniform vec3 text;
uniform bool showsOutliers;
uniform int emphasisedLabel;
uniform int emphasisedCode;
uniform bool emphasisesRows;
uniform sampler2D palette;
layout(location = 0) in vec2 position;
layout(location = 1) in uint code;
layout(location = 2) in int label;
layout(location = 3) in uint isEmphasised;
flat out vec4 colour;
flat out float radius;
void main() {
  bool isOutlier = label == ${outlier};
  radius = isOutlier ? radii.y : radii.x;
  float opacity = isOutlier ? opacities.y : opacities.x;
  vec3 rgb = texelFetch(palette, ivec2(int(code) % ${paletteWidth}, int(code) / ${paletteWidth}), 0).rgb;
  if ((emphasisedLabel != ${none} && label != emphasisedLabel) || (emphasisedCode != ${none} && int(code) != emphasisedCode) || (emphasisesRows && isEmphasised == 0u)) {
    opacity *= ${fadedOpacity};
    rgb = mix(rgb, muted, 0.8);
  } else if (isOutlier && showsOutliers) rgb = mix(rgb, text, 0.6);
  colour = vec4(rgb, opacity);
  gl_Position = vec4((position - centre) * scale, 0.0, 1.0);
  gl_PointSize = 2.0 * radius + 1.0;
}`;

// A disc whose edge covers the pixels that it cuts in part; large ones have a border that sets them apart from others.
const fragmentShader = `#version 300 es
precision mediump float;
uniform vec3 background;
flat in vec4 colour;
flat in float radius;
out vec4 pixel;
void main() {
  float distance = length(gl_PointCoord - 0.5) * (2.0 * radius + 1.0);
  float cover = colour.a * clamp(radius + 0.5 - distance, 0.0, 1.0);
  float border = 0.65 * smoothstep(3.0, 6.0, radius) * smoothstep(radius - 1.8, radius - 0.6, distance);
  pixel = vec4(mix(colour.rgb, background, border), 1.0) * cover; // premultiplied
}`;

/**
 * Draws points by WebGL 2, all of them by one call.
 * @returns null if the browser has no WebGL 2
 */
export function createPointLayer(canvas: HTMLCanvasElement): PointLayer | null {
  const gl = canvas.getContext("webgl2", {
    ...{ alpha: true, premultipliedAlpha: true, antialias: false, depth: false, stencil: false },
    ...{ powerPreference: "high-performance" },
  });
  if (gl === null) return null;
  const program = linkedProgram(gl);
  const uniform = (name: string) => gl.getUniformLocation(program, name);
  const [centre, scale, radii] = [uniform("centre"), uniform("scale"), uniform("radii")];
  const [opacities, muted, background] = [uniform("opacities"), uniform("muted"), uniform("background")];
  const [text, outliersShown] = [uniform("text"), uniform("showsOutliers")];
  const [emphasisedLabel, emphasisedCode] = [uniform("emphasisedLabel"), uniform("emphasisedCode")];
  const emphasisesRows = uniform("emphasisesRows");
  const vertices = gl.createVertexArray();
  const [positions, codes, labels] = [gl.createBuffer(), gl.createBuffer(), gl.createBuffer()];
  const emphasisedRows = gl.createBuffer();
  const palette = gl.createTexture();
  gl.bindVertexArray(vertices);
  gl.bindBuffer(gl.ARRAY_BUFFER, positions);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
  gl.bindBuffer(gl.ARRAY_BUFFER, codes);
  gl.enableVertexAttribArray(1);
  gl.vertexAttribIPointer(1, 1, gl.UNSIGNED_INT, 0, 0);
  gl.bindBuffer(gl.ARRAY_BUFFER, labels);
  gl.enableVertexAttribArray(2);
  gl.vertexAttribIPointer(2, 1, gl.INT, 0, 0);
  gl.bindBuffer(gl.ARRAY_BUFFER, emphasisedRows);
  gl.vertexAttribIPointer(3, 1, gl.UNSIGNED_BYTE, 0, 0);
  gl.vertexAttribI4ui(3, 0, 0, 0, 0); // of all points as long as none are sent, and of the type that the shader has
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.useProgram(program);

  let points: PointTable | null = null;
  let drawn = { below: 0, above: 0 };
  let sentRows: Uint8Array | null = null;

  /** Sends which rows are emphasised, if others were; without any, the attribute has one value for all. */
  const sendEmphasis = (rows: Uint8Array | null) => {
    if (rows === sentRows) return;
    sentRows = rows;
    if (rows === null) gl.disableVertexAttribArray(3);
    else {
      gl.bindBuffer(gl.ARRAY_BUFFER, emphasisedRows);
      gl.bufferData(gl.ARRAY_BUFFER, rows, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(3);
    }
  };

  /** Sends the rows from `first` up to `last`. */
  const send = ({ x, y, labels: labelsOfRows }: PointTable, first: number, last: number) => {
    if (first === last) return;
    const places = new Float32Array(2 * (last - first));
    for (let row = first; row < last; row++) {
      places[2 * (row - first)] = x[row];
      places[2 * (row - first) + 1] = y[row];
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, positions);
    gl.bufferSubData(gl.ARRAY_BUFFER, places.BYTES_PER_ELEMENT * 2 * first, places);
    gl.bindBuffer(gl.ARRAY_BUFFER, labels);
    gl.bufferSubData(
      gl.ARRAY_BUFFER,
      labelsOfRows.BYTES_PER_ELEMENT * first,
      labelsOfRows,
      first,
      last - first,
    );
  };

  return {
    setPoints(shown) {
      points = shown;
      drawn = { below: 0, above: shown.capacity };
      for (const [buffer, bytes] of [
        [positions, 8],
        [codes, 4],
        [labels, 4],
      ] as const) {
        gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
        gl.bufferData(gl.ARRAY_BUFFER, bytes * shown.capacity, gl.STATIC_DRAW);
      }
      this.update();
    },
    update() {
      if (points === null) return;
      const { below, above } = points;
      send(points, drawn.below, below);
      send(points, above, drawn.above);
      drawn = { below, above };
    },
    setColours({ codes: codesOfRows, palette: colours }) {
      gl.bindBuffer(gl.ARRAY_BUFFER, codes);
      gl.bufferSubData(gl.ARRAY_BUFFER, 0, codesOfRows);
      const rows = Math.max(1, Math.ceil(colours.length / paletteWidth));
      const texels = new Uint8Array(4 * paletteWidth * rows);
      for (const [code, colour] of colours.entries()) texels.set([...colour, 255], 4 * code);
      gl.bindTexture(gl.TEXTURE_2D, palette);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, paletteWidth, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    },
    draw(camera, size, pixelRatio, style) {
      const [width, height] = [size.width, size.height].map((length) => Math.round(length * pixelRatio));
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      gl.viewport(0, 0, width, height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      if (points === null) return;
      // Relative to the middle of the view: differences of near numbers stay exact where one has zoomed in far.
      gl.uniform2f(
        centre,
        (size.width / 2 - camera.x) / camera.scale,
        (camera.y - size.height / 2) / camera.scale,
      );
      gl.uniform2f(scale, (2 * camera.scale) / size.width, (2 * camera.scale) / size.height);
      gl.uniform3fv(muted, style.muted.map(share));
      gl.uniform3fv(background, style.background.map(share));
      const { emphasis } = style;
      const rows = emphasis !== null && "rows" in emphasis ? emphasis.rows : null;
      sendEmphasis(rows);
      gl.uniform1i(emphasisesRows, Number(rows !== null));
      const showsOutliers =
        rows !== null || (emphasis !== null && "label" in emphasis && emphasis.label === outlier);
      const ofOutliers = showsOutliers ? style.radius : outlierRadius(style.radius);
      gl.uniform2f(radii, style.radius * pixelRatio, ofOutliers * pixelRatio);
      gl.uniform3fv(text, style.text.map(share));
      gl.uniform1i(outliersShown, Number(showsOutliers));
      gl.uniform2f(opacities, style.opacity, style.opacity * (showsOutliers ? 1 : outlierOpacity));
      gl.uniform1i(emphasisedLabel, emphasis !== null && "label" in emphasis ? emphasis.label : none);
      gl.uniform1i(emphasisedCode, emphasis !== null && "code" in emphasis ? emphasis.code : none);
      if (drawn.below === drawn.above) gl.drawArrays(gl.POINTS, 0, points.capacity);
      else {
        // While points arrive, there is a gap between the two kinds.
        gl.drawArrays(gl.POINTS, 0, drawn.below);
        gl.drawArrays(gl.POINTS, drawn.above, points.capacity - drawn.above);
      }
    },
    dispose() {
      for (const buffer of [positions, codes, labels, emphasisedRows]) gl.deleteBuffer(buffer);
      gl.deleteTexture(palette);
      gl.deleteVertexArray(vertices);
      gl.deleteProgram(program);
    },
  };
}

const share = (channel: number) => channel / 255;

function linkedProgram(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertexShader],
    [gl.FRAGMENT_SHADER, fragmentShader],
  ] as const) {
    const shader = gl.createShader(type)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  // A context that was lost meanwhile has no program; it is made anew once the context is restored.
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost())
    throw new Error(`The map's shaders do not compile: ${gl.getProgramInfoLog(program)}`);
  return program;
}
