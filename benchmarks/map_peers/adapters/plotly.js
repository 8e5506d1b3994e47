import { HEIGHT, PALETTE, serve, WIDTH } from "../measure.js";

/** plotly-gl2d.min.js is loaded by a script of its own. */
serve(async (parent) => {
  const { Plotly } = window;
  const colorscale = PALETTE.map((color, i) => [i / 10, color]);
  const trace = ({ x, y, color }) => ({
    type: "scattergl", mode: "markers", x, y, hoverinfo: "none",
    marker: { size: 3, opacity: 0.5, color, colorscale, cmin: 0, cmax: 10 },
  });
  const layout = {
    width: WIDTH, height: HEIGHT, dragmode: "lasso", showlegend: false,
    margin: { l: 40, r: 10, t: 10, b: 30 }, xaxis: { range: [0, 0.5] }, yaxis: { range: [0, 1] },
  };
  let revision = 0;
  return {
    show: (state) => Plotly.react(parent, [trace(state)], { ...layout, datarevision: ++revision }),
    pan: (k) => Plotly.relayout(parent, { "xaxis.range": [0.002 * (k + 1), 0.5 + 0.002 * (k + 1)] }),
    async lasso(ring) {
      const path = `M${ring.map((corner) => corner.join()).join("L")}Z`;
      const outline = { type: "path", path, xref: "x", yref: "y", line: { width: 1 } };
      await Plotly.relayout(parent, { selections: [outline] });
      return parent.data[0].selectedpoints?.length ?? 0;
    },
  };
});
