import { watchSize } from "./element";

const TALLEST = 8_000_000; // px: browsers cut taller elements; past that the scroll bar is scaled
const SPARE = 1; // lines above and below what is in sight

/** How many entries there are, how many stand side by side, and how tall a line of them is. */
export interface Shape {
  across: number;
  height: number;
  /** Px above the first line. */
  above: number;
  count: number;
}
export interface Window {
  from: number;
  to: number;
  /** Where an entry stands, as a transform. */
  place(index: number): string;
}

/** A box that scrolls through any number of entries of one height, of which few are there. */
export function windowed(
  root: HTMLElement,
  layer: HTMLElement,
  moved: () => void,
  signal: AbortSignal,
) {
  let [top, expected, scale, height, width] = [0, 0, 1, 0, 0];

  const tall = ({ across, height: line, above, count }: Shape) =>
    above + Math.ceil(count / across) * line + 8;
  function scroll(to: number): void {
    top = Math.max(0, to);
    expected = top / scale;
    root.scrollTop = expected;
  }
  function scrolled(): void {
    if (Math.abs(root.scrollTop - expected) < 2) return;
    expected = root.scrollTop;
    top = expected * scale;
    moved();
  }
  /** A scaled scroll bar would leap over entries: the wheel moves by its own pixels. */
  function turn(event: WheelEvent): void {
    if (scale === 1 || event.ctrlKey) return;
    event.preventDefault();
    scroll(
      top + (event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : 16 * event.deltaY),
    );
    moved();
  }
  const sized = ({ contentRect }: ResizeObserverEntry) => {
    ({ height, width } = contentRect);
    moved();
  };
  watchSize(root, sized, signal);
  root.addEventListener("scroll", scrolled, { signal, passive: true });
  root.addEventListener("wheel", turn, { signal, passive: false });

  return {
    scroll,
    width: () => width,
    height: () => height,
    /** Scrolls no further than needed to have an entry in sight. */
    reveal(index: number, shape: Shape): void {
      if (height === 0) return;
      const at = shape.above + Math.floor(index / shape.across) * shape.height;
      if (at - shape.above < top) scroll(at - shape.above);
      else if (at + shape.height > top + height) scroll(at + shape.height - height + 4);
    },
    window(shape: Shape): Window {
      const { across, height: line, above, count } = shape;
      const whole = tall(shape);
      scale = Math.max(1, (whole - height) / Math.max(1, TALLEST - height));
      layer.style.setProperty("--carto-across", String(across));
      layer.style.height = `${Math.min(whole, TALLEST)}px`;
      if (top > Math.max(0, whole - height)) scroll(whole - height);
      const shift = top / scale - top; // from the list's own pixels to those of the box
      const first = Math.max(0, Math.floor((top - above) / line) - SPARE);
      const last = Math.ceil((top + height - above) / line) + SPARE;
      const room = width / across;
      return {
        from: first * across,
        to: Math.min(count, last * across),
        place: (index) => {
          const y = above + Math.floor(index / across) * line + shift;
          const x = across > 1 ? (index % across) * room : 0;
          return `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
        },
      };
    },
  };
}
