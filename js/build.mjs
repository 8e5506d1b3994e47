import { mkdir, readFile, watch, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { minify } from "terser";

const isWatching = process.argv.includes("--watch");
const OUT = "carto_widget/static";
const [WIDGET, MORE, ROOMS] = ["js/src/widget.ts", "js/src/more.ts", "js/src/rooms.ts"];

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
/** The package says that nothing is done while it loads; so what it makes then may go, too. */
const d3 = {
  name: "d3-array",
  setup(build) {
    build.onLoad({ filter: /d3-array[\\/]dist.*\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const made = /^(const|var) (\w+) = (\w+(?:\(.*\)|\.).*);$/gm;
      return { contents: source.replace(made, "$1 $2 = /* @__PURE__ */ (() => $3)();") };
    });
  },
};
const options = {
  outdir: OUT,
  bundle: true,
  format: "esm",
  target: "es2022",
  legalComments: "eof",
  logLevel: "warning",
  minify: !isWatching,
  sourcemap: isWatching && "inline",
  write: false,
};

// ---- two parts, one module graph ----

const IMPORT = /^import\s+(?!type\b)(?:\{([^}]*)\}\s+from\s+)?"([^"]+)"/gm;
const keyOf = (path) => relative(".", path).replaceAll("\\", "/");
/** The module that an import of a source means, by its path here; a package by its name. */
const moduleOf = (importer, from) =>
  from.startsWith(".") ? `${keyOf(join(dirname(importer), from))}.ts` : from;

/** The modules that the first part consists of; of a package, its name. */
async function firstPart() {
  const { metafile } = await esbuild.build({
    ...options,
    entryPoints: [WIDGET],
    plugins: [shaders],
    packages: "external",
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint);
  const own = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput);
  return new Set([...own.map(([path]) => path), ...output.imports.map(({ path }) => path)]);
}

/** What the second part imports from modules of the first: [module, name], each once. */
async function wanted(first, path = MORE, seen = new Set(), found = new Map()) {
  seen.add(path);
  for (const [, names = "", from] of (await readFile(path, "utf8")).matchAll(IMPORT)) {
    const to = moduleOf(path, from);
    if (first.has(to)) {
      const each = names.split(",").map((name) => name.trim().split(" as ")[0]);
      for (const name of each.filter((one) => one && !one.startsWith("type ")))
        found.set(`${to} ${name}`, [to, name]);
    } else if (to.startsWith("js/") && !seen.has(to)) await wanted(first, to, seen, found);
  }
  return [...found.values()];
}

/** The first part gives these, in this order. */
const giving = (shared) => ({
  name: "giving",
  setup(build) {
    build.onLoad({ filter: /js[\\/]src[\\/]rooms\.ts$/ }, () => {
      const from = (path) => (path.startsWith("js/") ? `./${relative("js/src", path)}` : path);
      const lines = shared.map(
        ([path, name], i) => `import {${name} as _${i}} from "${from(path)}"`,
      );
      const rooms = `export const rooms = [${shared.map((_, i) => `_${i}`)}];`;
      return { contents: [...lines, rooms].join(";\n"), resolveDir: dirname(ROOMS) };
    });
  },
});

/** The second part takes them. */
const taking = (shared) => ({
  name: "taking",
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, importer }) => {
      const to = importer && moduleOf(importer, path);
      return shared.some(([one]) => one === to) ? { path: to, namespace: "rooms" } : undefined;
    });
    build.onLoad({ filter: /./, namespace: "rooms" }, ({ path }) => {
      const own = shared.map(([of, name], i) => [of, `export const ${name} = rooms[${i}];`]);
      return {
        contents: own
          .filter(([of]) => of === path)
          .map(([, line]) => line)
          .join("\n"),
      };
    });
  },
});

/** What esbuild made, which terser makes smaller still. */
async function smaller(text) {
  if (isWatching) return text;
  const compress = { passes: 3, unsafe_arrows: true, pure_getters: true };
  return (await minify(text, { module: true, ecma: 2020, compress })).code;
}
async function write(name, text) {
  await writeFile(join(OUT, name), text);
  const [kB, gzip] = [Buffer.from(text), gzipSync(text, { level: 9 })].map((b) => b.length / 1e3);
  console.log(`${OUT}/${name}  ${kB.toFixed(1)} kB, gzip ${gzip.toFixed(1)} kB`);
}
async function bundled(more) {
  const { outputFiles, warnings } = await esbuild.build({ ...options, ...more });
  if (warnings.length) throw new Error("esbuild warned");
  return outputFiles[0].text;
}
async function build() {
  const shared = await wanted(await firstPart());
  const first = await bundled({ entryPoints: [WIDGET], plugins: [shaders, d3, giving(shared)] });
  const contents = `import join from "./more"; made = join;`;
  const stdin = { contents, resolveDir: "js/src", sourcefile: "js/src/second-part.ts" };
  const second = await bundled({ stdin, plugins: [taking(shared)] });
  await mkdir(OUT, { recursive: true });
  await write("widget.js", await smaller(first));
  await write(
    "more.js",
    await smaller(`export default (rooms) => { let made; ${second}; return made; };`),
  );
  for (const name of ["widget.css", "more.css"])
    await write(name, await bundled({ entryPoints: [`js/src/${name}`] }));
}
await build();
if (isWatching)
  for await (const _ of watch("js/src", { recursive: true })) await build().catch(console.error);
