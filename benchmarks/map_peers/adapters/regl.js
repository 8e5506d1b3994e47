import { scaleLinear } from "d3-scale";
import createScatterplot from "regl-scatterplot";
import { HEIGHT, PALETTE, serve, WIDTH } from "../measure.js";

serve(async (parent, states) => {
  const canvas = parent.appendChild(document.createElement("canvas"));
  const plot = createScatterplot({
    canvas, width: WIDTH, height: HEIGHT, pointSize: 3, opacity: 0.5, pointColor: PALETTE,
    colorBy: "valueA", backgroundColor: "#ffffff", aspectRatio: WIDTH / HEIGHT,
    xScale: scaleLinear().domain([0, 0.5]), yScale: scaleLinear().domain([0, 1]),
  });
  const columns = ({ x, y, color }) => ({
    x: x.map((v) => v * 4 - 1), y: y.map((v) => v * 2 - 1), valueA: color,
  });
  const ready = new Map(states.map((state) => [state, columns(state)]));
  return {
    show: (state) => plot.draw(ready.get(state), { zDataType: "categorical" }),
    pan: (k) => plot.zoomToLocation([0.01 * (k + 1), 0], 1 - 0.02 * (k + 1), { transition: false }),
    lasso(ring) {
      plot.lassoSelect(ring);
      return plot.get("selectedPoints").length;
    },
  };
});
