import { computed, effect, signal } from "@preact/signals";
import { select } from "d3-selection";
import { type D3ZoomEvent, type ZoomBehavior, zoom as zoomBehaviour, zoomIdentity } from "d3-zoom";
import "d3-transition";
import {
  type Camera,
  cameraOfExtent,
  type Extent,
  type Place,
  type Size,
  toMap,
  type Zoom,
  zoomAround,
  zoomed,
  zoomLimits,
} from "./camera.js";
import type { ColouredPoints } from "./colouring.js";
import { mapColours, type Theme } from "./colours.js";
import { createPointLayer, type PointLayer } from "./pointLayer.js";
import { type PointStyle, pointOpacity, pointRadius } from "./pointStyle.js";
import type { PointTable } from "./pointTable.js";

/** Pixels that remain free around the whole map, so that names fit beside its outermost points. */
const padding = 56;
/** How far one zooms in by a button or a key, and for how many milliseconds the view moves. */
const buttonFactor = 1.8;
const moveDuration = 260;

/** The view of a map: what of it is seen, and the canvas on which its points are drawn. */
export class MapView {
  /** The size of the view in pixels of CSS; 0 × 0 until it is attached. */
  readonly size = signal<Size>({ width: 0, height: 0 });
  readonly #extent = signal<Extent>({ left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity });
  readonly #base = computed(() => cameraOfExtent(this.#extent.value, this.size.value, padding));
  readonly #zoom = signal<Zoom>({ x: 0, y: 0, k: 1 });
  /** Where the plane of the map lies in the view. */
  readonly camera = computed<Camera>(() => zoomed(this.#base.value, this.#zoom.value));
  /** How far the view of the whole map is enlarged. */
  readonly enlargement = computed(() => this.#zoom.value.k);
  /** What is seen; null for the whole map. */
  readonly place = computed<Place | null>(() => {
    const { x, y, k } = this.#zoom.value;
    const { width, height } = this.size.value;
    if ((x === 0 && y === 0 && k === 1) || width === 0) return null;
    const [middleX, middleY] = toMap(this.camera.value, width / 2, height / 2);
    return { x: middleX, y: middleY, k };
  });
  /** Whether the points are drawn, and if not, why. */
  readonly state = signal<"drawn" | "unsupported" | "lost">("drawn");

  #surface: HTMLElement | null = null;
  #canvas: HTMLCanvasElement | null = null;
  #layer: PointLayer | null = null;
  #behaviour: ZoomBehavior<HTMLElement, unknown> | null = null;
  #points: PointTable | null = null;
  #colours: ColouredPoints | null = null;
  #theme: Theme = "light";
  #emphasis: PointStyle["emphasis"] = null;
  #frame = 0;
  /** What is to be seen as soon as points have arrived. */
  #awaited: Place | null = null;

  /**
   * Draws on a canvas, and moves as gestures on the surface around it say.
   * @returns a function that ends this
   */
  attach(surface: HTMLElement, canvas: HTMLCanvasElement): () => void {
    this.#surface = surface;
    this.#canvas = canvas;
    const resized = new ResizeObserver(() => this.#resize());
    this.#behaviour = zoomBehaviour<HTMLElement, unknown>()
      .scaleExtent(zoomLimits as unknown as [number, number])
      .clickDistance(4)
      .filter((event: MouseEvent) => !event.button && (event.type !== "dblclick" || !event.shiftKey))
      .on("zoom", ({ transform: { x, y, k }, sourceEvent }: D3ZoomEvent<HTMLElement, unknown>) => {
        if (sourceEvent) this.#awaited = null; // the reader has moved it
        this.#zoom.value = { x, y, k };
      });
    select(surface).call(this.#behaviour);
    resized.observe(surface);
    this.#resize();
    const lost = (event: Event) => {
      event.preventDefault(); // otherwise it is never restored
      this.#layer = null;
      this.state.value = "lost";
    };
    const restored = () => this.#createLayer();
    canvas.addEventListener("webglcontextlost", lost);
    canvas.addEventListener("webglcontextrestored", restored);
    this.#createLayer();
    const stopDrawing = effect(() => {
      this.camera.value;
      this.size.value;
      this.#schedule();
    });
    return () => {
      stopDrawing();
      resized.disconnect();
      select(surface).interrupt().on(".zoom", null);
      canvas.removeEventListener("webglcontextlost", lost);
      canvas.removeEventListener("webglcontextrestored", restored);
      cancelAnimationFrame(this.#frame);
      this.#frame = 0;
      this.#layer?.dispose();
      this.#layer = null;
      this.#surface = null;
    };
  }

  setPoints(points: PointTable): void {
    this.#points = points;
    this.#colours = null;
    this.#layer?.setPoints(points);
    this.#extent.value = { ...points.extent };
    this.show(this.#fitting());
    this.#schedule();
  }

  /** Shows the points that have been appended since; what is seen stays where it is, unless it was the whole map. */
  update(): void {
    if (this.#points === null) return;
    this.#layer?.update();
    this.#keepView(() => {
      this.#extent.value = { ...this.#points!.extent };
    });
    if (this.#awaited && this.#points.count > 0) {
      const { x, y, k } = this.#awaited;
      this.show(zoomAround(this.#base.value, x, y, this.size.value, k));
      if (this.#points.count === this.#points.capacity) this.#awaited = null;
    }
    this.#schedule();
  }

  /** Shows a part of the map, at the latest when points have arrived; null: the whole map. */
  goTo(place: Place | null): void {
    if (this.#points?.count && this.size.value.width > 0) {
      this.show(
        place ? zoomAround(this.#base.value, place.x, place.y, this.size.value, place.k) : this.#fitting(),
      );
    }
    this.#awaited = this.#points?.count && this.#points.count === this.#points.capacity ? null : place;
  }

  setColours(colours: ColouredPoints, theme: Theme): void {
    this.#colours = colours;
    this.#theme = theme;
    this.#layer?.setColours(colours);
    this.#schedule();
  }

  setEmphasis(emphasis: PointStyle["emphasis"]): void {
    this.#emphasis = emphasis;
    this.#schedule();
  }

  /** Enlarges or reduces what is in the middle. */
  zoomBy(direction: 1 | -1): void {
    if (!this.#surface || !this.#behaviour) return;
    this.#behaviour.scaleBy(this.#moving() as never, direction > 0 ? buttonFactor : 1 / buttonFactor);
  }

  /** Shows the whole map. */
  fit(): void {
    this.show(this.#fitting(), true);
  }

  /**
   * Moves so that a place of the map is in the middle; does nothing if it is seen already.
   * @param distance pixels from the edge from which on it counts as seen
   */
  reveal(x: number, y: number, distance = padding): void {
    const { width, height } = this.size.value;
    const { x: left, y: top, scale } = this.camera.value;
    const [atX, atY] = [left + x * scale, top - y * scale];
    const margin = Math.min(distance, width / 4, height / 4);
    if (atX >= margin && atY >= margin && atX <= width - margin && atY <= height - margin) return;
    this.show(zoomAround(this.#base.value, x, y, this.size.value, this.enlargement.value), true);
  }

  /** @param isMoved whether the view moves there, instead of being there at once */
  show({ x, y, k }: Zoom, isMoved = false): void {
    const transform = zoomIdentity.translate(x, y).scale(k);
    if (!this.#surface || !this.#behaviour) this.#zoom.value = { x, y, k };
    else this.#behaviour.transform((isMoved ? this.#moving() : select(this.#surface)) as never, transform);
  }

  /** Whether it waits for points, to show the part of the map that is wanted. */
  get isAwaiting(): boolean {
    return this.#awaited !== null;
  }

  /** How the points are drawn now. */
  get style(): PointStyle {
    const { background, muted, text } = mapColours[this.#theme];
    const count = this.#points?.count ?? 0;
    const k = this.enlargement.value;
    const emphasis = this.#emphasis;
    const [radius, opacity] = [pointRadius(count, k), pointOpacity(count, k)];
    return { background, muted, text, radius, opacity, emphasis };
  }

  #fitting(): Zoom {
    return { x: 0, y: 0, k: 1 };
  }

  /** What moves the view: at once for those who prefer reduced motion. */
  #moving() {
    const surface = select(this.#surface!);
    const isReduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    return isReduced ? surface : surface.transition().duration(moveDuration);
  }

  #createLayer(): void {
    this.#layer = createPointLayer(this.#canvas!);
    this.state.value = this.#layer === null ? "unsupported" : "drawn";
    if (this.#points) this.#layer?.setPoints(this.#points);
    if (this.#colours) this.#layer?.setColours(this.#colours);
    this.#schedule();
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#surface!;
    const before = this.size.peek();
    if (before.width === width && before.height === height) return;
    this.#keepView(() => {
      this.size.value = { width, height };
    });
    // The map cannot be lost from sight.
    this.#behaviour?.translateExtent([
      [-width, -height],
      [2 * width, 2 * height],
    ]);
  }

  /** Changes the size of the view or the extent of the map, and keeps what is in the middle there. */
  #keepView(change: () => void): void {
    const { x, y, k } = this.#zoom.peek();
    const isWhole = x === 0 && y === 0 && k === 1;
    const { width, height } = this.size.peek();
    const camera = this.camera.peek();
    const [middleX, middleY] = toMap(camera, width / 2, height / 2);
    change();
    if (isWhole || width === 0) return;
    const factor = camera.scale / this.#base.peek().scale;
    const [least, most] = zoomLimits;
    this.show(
      zoomAround(
        this.#base.peek(),
        middleX,
        middleY,
        this.size.peek(),
        Math.min(most, Math.max(least, factor)),
      ),
    );
  }

  #schedule(): void {
    if (this.#frame !== 0 || this.#surface === null) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.size.peek().width === 0) return;
      this.#layer?.draw(this.camera.peek(), this.size.peek(), devicePixelRatio, this.style);
    });
  }
}
