import { Deck, OrthographicView } from "@deck.gl/core";
import { ScatterplotLayer } from "@deck.gl/layers";
import { HEIGHT, RGB, serve, WIDTH } from "../measure.js";

/** Attributes as deck.gl likes them best: typed arrays, ready before the clock starts. */
function attributes({ n, x, y, color }) {
  const [places, colors] = [new Float32Array(2 * n), new Uint8Array(4 * n)];
  for (let i = 0; i < n; i++) {
    places.set([x[i], y[i]], 2 * i);
    colors.set([...RGB[color[i]], 128], 4 * i);
  }
  return {
    length: n,
    attributes: {
      getPosition: { value: places, size: 2 },
      getFillColor: { value: colors, size: 4, normalized: true },
    },
  };
}

serve(async (parent, states) => {
  const ready = new Map(states.map((state) => [state, attributes(state)]));
  const zoom = [Math.log2((WIDTH / 0.5) * 0.95), Math.log2(HEIGHT * 0.95)];
  const home = { target: [0.25, 0.5, 0], zoom };
  let deck;
  await new Promise((onLoad) => {
    deck = new Deck({
      parent, onLoad, width: WIDTH, height: HEIGHT, layers: [], viewState: home,
      controller: false, useDevicePixels: 1, views: new OrthographicView({ flipY: false }),
      deviceProps: { type: "webgl", debug: false },
    });
  });
  const layer = (state) =>
    new ScatterplotLayer({
      id: "points", data: ready.get(state), getRadius: 1.5, radiusUnits: "pixels",
      antialiasing: false, billboard: true, stroked: false, pickable: false,
    });
  return {
    show: (state) => deck.setProps({ layers: [layer(state)] }),
    pan: (k) => deck.setProps({ viewState: { ...home, target: [0.25 + 0.002 * (k + 1), 0.5, 0] } }),
  };
});
