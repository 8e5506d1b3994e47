import { Application, Graphics, Particle, ParticleContainer } from "pixi.js";
import { HEIGHT, PALETTE, serve, WIDTH } from "../measure.js";

serve(async (parent, states) => {
  const tints = PALETTE.map((hex) => Number.parseInt(hex.slice(1), 16));
  const app = new Application();
  const still = { antialias: false, autoStart: false, sharedTicker: false };
  await app.init({ width: WIDTH, height: HEIGHT, background: 0xffffff, preference: "webgl", ...still });
  parent.append(app.canvas);
  const texture = app.renderer.generateTexture(new Graphics().circle(1.5, 1.5, 1.5).fill(0xffffff));
  const moving = { position: true, color: true, vertex: false, rotation: false, uvs: false };
  const container = new ParticleContainer({ dynamicProperties: moving });
  const particles = Array.from({ length: states[0].n }, () => new Particle({ texture, alpha: 0.5 }));
  container.particleChildren = particles;
  container.update();
  app.stage.addChild(container);
  const draw = () => requestAnimationFrame(() => app.render());
  return {
    show({ x, y, color }) {
      for (const [i, particle] of particles.entries()) {
        particle.x = x[i] * 2 * WIDTH;
        particle.y = (1 - y[i]) * HEIGHT;
        particle.tint = tints[color[i]];
      }
      draw();
    },
    pan(k) {
      container.x = k + 1;
      draw();
    },
  };
});
