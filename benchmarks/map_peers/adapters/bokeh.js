import { HEIGHT, PALETTE, serve, WIDTH } from "../measure.js";

/** bokeh.min.js, bokeh-gl.min.js and bokeh-api.min.js are loaded by scripts of their own. */
serve(async (parent, states) => {
  const { Bokeh } = window;
  const colors = PALETTE.map((hex) => Number.parseInt(`${hex.slice(1)}80`, 16) >>> 0);
  const columns = ({ x, y, color }) => ({ x, y, c: Uint32Array.from(color, (code) => colors[code]) });
  const ready = new Map(states.map((state) => [state, columns(state)]));
  const source = new Bokeh.ColumnDataSource({ data: ready.get(states[1]) });
  const plot = Bokeh.Plotting.figure({
    width: WIDTH, height: HEIGHT, output_backend: "webgl", tools: "pan,wheel_zoom,lasso_select",
    x_range: [0, 0.5], y_range: [0, 1],
  });
  const look = { source, size: 3, fill_color: { field: "c" }, line_color: null };
  plot.scatter({ field: "x" }, { field: "y" }, look);
  const shown = await Bokeh.Plotting.show(plot, parent);
  function glyph() {
    const view = Array.isArray(shown) ? shown[0] : shown;
    const root = view.roots ? [...view.roots][0] : view;
    return (root.views ?? root.owner).find_one(plot.renderers[0]);
  }
  return {
    show(state) {
      source.data = ready.get(state);
    },
    pan: (k) => plot.x_range.setv({ start: 0.002 * (k + 1), end: 0.5 + 0.002 * (k + 1) }),
    lasso(ring) {
      const { coordinates, glyph: drawn } = glyph();
      const sx = coordinates.x_scale.v_compute(Float64Array.from(ring, ([x]) => x));
      const sy = coordinates.y_scale.v_compute(Float64Array.from(ring, ([, y]) => y));
      return drawn.hit_test({ type: "poly", sx, sy, greedy: false }).indices.length;
    },
  };
});
