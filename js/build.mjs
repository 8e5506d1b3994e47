import { mkdir, readFile, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { minify } from "terser";

const watch = process.argv.includes("--watch");

/** A shader without its comments, and without the blanks and zeros that say nothing. */
function tight(shader) {
  const [version, ...lines] = shader.replace(/\/\*.*?\*\/|\/\/.*/g, "").split("\n");
  const body = lines.join(" ").replace(/\s+/g, " ");
  const dense = body.replace(/ ?([=<>!?:;,(){}*/&|]) ?/g, "$1");
  return `${version}\n${dense.replace(/\b0(\.\d)/g, "$1").replace(/(\d\.)0\b/g, "$1")}`;
}
const shaders = {
  name: "shaders",
  setup(build) {
    build.onLoad({ filter: /gl[\\/]shaders.*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      return { contents: source.replace(/#version[^`]*/g, tight), loader: "ts" };
    });
  },
};
const options = {
  entryPoints: ["js/src/widget.ts", "js/src/widget.css"],
  outdir: "carto_widget/static",
  bundle: true,
  format: "esm",
  target: "es2022",
  legalComments: "eof",
  logLevel: "info",
};

/** What esbuild made, which terser makes smaller still. */
async function smaller({ path, text }) {
  if (!path.endsWith(".js")) return text;
  const compress = { passes: 3, unsafe_arrows: true, pure_getters: true };
  return (await minify(text, { module: true, ecma: 2020, compress })).code;
}
async function build() {
  const made = await esbuild.build({
    ...options,
    minify: true,
    plugins: [shaders],
    write: false,
    logLevel: "warning",
  });
  if (made.warnings.length) process.exit(1);
  await mkdir(options.outdir, { recursive: true });
  for (const file of made.outputFiles) {
    const text = await smaller(file);
    await writeFile(file.path, text);
    const [kB, gzip] = [Buffer.from(text), gzipSync(text, { level: 9 })].map((b) => b.length / 1e3);
    console.log(`${relative(".", file.path)}  ${kB.toFixed(1)} kB, gzip ${gzip.toFixed(1)} kB`);
  }
}
if (watch) await (await esbuild.context({ ...options, sourcemap: "inline" })).watch();
else await build();
