import { resolve } from "node:path";
import * as esbuild from "esbuild";

const watch = process.argv.includes("--watch");

/** `import text from "./module.ts?text"`: the module and all that it imports, as a script. */
const asText = {
  name: "as text",
  setup(build) {
    build.onResolve({ filter: /\?text$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path.replace("?text", "")),
      namespace: "text",
    }));
    build.onLoad({ filter: /./, namespace: "text" }, async ({ path }) => {
      const made = await esbuild.build({
        entryPoints: [path],
        bundle: true,
        format: "iife",
        target: "es2022",
        minify: !watch,
        write: false,
        metafile: true,
      });
      const watchFiles = Object.keys(made.metafile.inputs).map((file) => resolve(file));
      return { contents: made.outputFiles[0].text, loader: "text", watchFiles };
    });
  },
};
const options = {
  entryPoints: ["js/src/widget.ts", "js/src/widget.css"],
  outdir: "carto_widget/static",
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  legalComments: "eof",
  plugins: [asText],
  logLevel: "info",
};
if (watch) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  const { warnings } = await esbuild.build(options);
  if (warnings.length) process.exit(1);
}
