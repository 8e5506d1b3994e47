/** Bundles each adapter into the folder that is named, and prints the size of each library. */
import { readdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const out = process.argv[2];
const here = import.meta.dirname;
const options = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "error",
  external: ["/tests/*", "/carto_widget/*"],
  define: { "process.env.NODE_ENV": '"production"' },
};
const names = readdirSync(`${here}/adapters`).map((file) => file.replace(".js", ""));
await esbuild.build({ ...options, entryPoints: names.map((n) => `${here}/adapters/${n}.js`), outdir: out });

const LIBRARIES = {
  deck: 'export { Deck, OrthographicView } from "@deck.gl/core"; export { ScatterplotLayer } from "@deck.gl/layers"',
  regl: 'export { default } from "regl-scatterplot"',
  three:
    'export { WebGLRenderer, OrthographicCamera, Scene, Points, BufferGeometry, BufferAttribute, PointsMaterial } from "three"',
  pixi: 'export { Application, ParticleContainer, Particle, Graphics } from "pixi.js"',
  plotly: 'export { default } from "plotly.js-gl2d-dist-min"',
};
const sizes = {};
for (const [name, contents] of Object.entries(LIBRARIES)) {
  const { outputFiles } = await esbuild.build({ ...options, stdin: { contents, resolveDir: here }, write: false });
  sizes[name] = gzipSync(outputFiles[0].contents, { level: 9 }).length;
}
writeFileSync(`${out}/sizes.json`, JSON.stringify(sizes));
