/** A column on the GPU: value i at texel (i % WIDTH, i / WIDTH); the shader knows the width. */
export const WIDTH = 4096;

export interface ColumnTexture {
  bind(unit: number): void;
  load(values: Uint16Array | Uint8Array): void;
}

/** A texture of unsigned integers that grows as columns do. */
export function columnTexture(gl: WebGL2RenderingContext, type: "u16" | "u8"): ColumnTexture {
  const texture = gl.createTexture();
  const [internal, scalar] =
    type === "u16" ? [gl.R16UI, gl.UNSIGNED_SHORT] : [gl.R8UI, gl.UNSIGNED_BYTE];
  let height = 0;

  function reserve(rows: number): void {
    if (rows <= height) return;
    height = rows;
    gl.texImage2D(gl.TEXTURE_2D, 0, internal, WIDTH, height, 0, gl.RED_INTEGER, scalar, null);
  }
  function put(y: number, width: number, rows: number, values: Uint16Array | Uint8Array): void {
    if (width * rows === 0) return;
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, y, width, rows, gl.RED_INTEGER, scalar, values);
  }

  gl.bindTexture(gl.TEXTURE_2D, texture);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  reserve(1);
  return {
    bind(unit) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
    },
    load(values) {
      const full = Math.floor(values.length / WIDTH);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
      reserve(Math.max(1, Math.ceil(values.length / WIDTH)));
      put(0, WIDTH, full, values.subarray(0, full * WIDTH));
      put(full, values.length - full * WIDTH, 1, values.subarray(full * WIDTH));
    },
  };
}

/** Two rows of 256 colours. */
export function paletteTexture(gl: WebGL2RenderingContext) {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 256, 2);
  return {
    bind(unit: number) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
    },
    load(row: 0 | 1, colors: Uint8Array) {
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, row, 256, 1, gl.RGBA, gl.UNSIGNED_BYTE, colors);
    },
  };
}
