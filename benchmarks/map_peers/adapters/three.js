import {
  BufferAttribute, BufferGeometry, OrthographicCamera, Points, PointsMaterial, Scene, WebGLRenderer,
} from "three";
import { HEIGHT, RGB, serve, WIDTH } from "../measure.js";

function attributes({ n, x, y, color }) {
  const [places, colors] = [new Float32Array(3 * n), new Uint8Array(3 * n)];
  for (let i = 0; i < n; i++) {
    places.set([x[i], y[i]], 3 * i);
    colors.set(RGB[color[i]], 3 * i);
  }
  return { places, colors };
}

serve(async (parent, states) => {
  const ready = new Map(states.map((state) => [state, attributes(state)]));
  const renderer = new WebGLRenderer({ antialias: false });
  renderer.setSize(WIDTH, HEIGHT);
  renderer.setClearColor(0xffffff);
  parent.append(renderer.domElement);
  const camera = new OrthographicCamera(0, 0.5, 1, 0, -1, 1);
  const [scene, geometry] = [new Scene(), new BufferGeometry()];
  const first = ready.get(states[0]);
  geometry.setAttribute("position", new BufferAttribute(first.places.slice(), 3));
  geometry.setAttribute("color", new BufferAttribute(first.colors.slice(), 3, true));
  const look = { size: 3, sizeAttenuation: false, vertexColors: true, transparent: true };
  const points = new Points(geometry, new PointsMaterial({ ...look, opacity: 0.5, depthTest: false }));
  points.frustumCulled = false;
  scene.add(points);
  const draw = () => requestAnimationFrame(() => renderer.render(scene, camera));
  return {
    show(state) {
      const { places, colors } = ready.get(state);
      const { position, color } = geometry.attributes;
      position.array = places;
      color.array = colors;
      position.needsUpdate = color.needsUpdate = true;
      draw();
    },
    pan(k) {
      camera.left = 0.002 * k;
      camera.right = 0.5 + 0.002 * k;
      camera.updateProjectionMatrix();
      draw();
    },
  };
});
