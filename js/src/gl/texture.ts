/** A column on the GPU: value i at texel (i % WIDTH, i / WIDTH); the shader knows the width. */
export const WIDTH = 4096;

export type Codes = Uint16Array | Uint8Array;

export interface ColumnTexture {
  bind(unit: number): void;
  /** Room for so many values. */
  reserve(values: number): void;
  /** Sends some lines of the column, from one to before another. */
  put(values: Codes, from: number, to: number): void;
}

export const linesOf = (values: number): number => Math.max(1, Math.ceil(values / WIDTH));

function texture(gl: WebGL2RenderingContext): WebGLTexture {
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  return made;
}

function binder(gl: WebGL2RenderingContext, made: WebGLTexture) {
  return (unit: number) => {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, made);
  };
}

/** A texture of unsigned integers that grows as columns do. */
export function columnTexture(gl: WebGL2RenderingContext, type: "u16" | "u8"): ColumnTexture {
  const made = texture(gl);
  const [internal, scalar] =
    type === "u16" ? [gl.R16UI, gl.UNSIGNED_SHORT] : [gl.R8UI, gl.UNSIGNED_BYTE];
  let height = 0;

  function reserve(values: number): void {
    const lines = linesOf(values);
    if (lines <= height) return;
    height = lines;
    gl.bindTexture(gl.TEXTURE_2D, made);
    gl.texImage2D(gl.TEXTURE_2D, 0, internal, WIDTH, height, 0, gl.RED_INTEGER, scalar, null);
  }
  function rectangle(y: number, width: number, lines: number, values: Codes): void {
    if (width * lines === 0) return;
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, y, width, lines, gl.RED_INTEGER, scalar, values);
  }

  reserve(1);
  return {
    bind: binder(gl, made),
    reserve,
    put(values, from, to) {
      const end = Math.min(values.length, to * WIDTH);
      const full = Math.floor(end / WIDTH);
      gl.bindTexture(gl.TEXTURE_2D, made);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
      rectangle(from, WIDTH, full - from, values.subarray(from * WIDTH, full * WIDTH));
      rectangle(full, end - full * WIDTH, 1, values.subarray(full * WIDTH, end));
    },
  };
}

/** Two rows of 256 colours. */
export function paletteTexture(gl: WebGL2RenderingContext) {
  const made = texture(gl);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 256, 2);
  return {
    bind: binder(gl, made),
    load(row: 0 | 1, colors: Uint8Array) {
      gl.bindTexture(gl.TEXTURE_2D, made);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, row, 256, 1, gl.RGBA, gl.UNSIGNED_BYTE, colors);
    },
  };
}

/** Sums of colour and count in every pixel; null where the browser cannot add them up. */
export function sumTexture(gl: WebGL2RenderingContext) {
  if (!gl.getExtension("EXT_color_buffer_float")) return null;
  // half floats stop counting at 2,048, which a million points reach
  const [internal, scalar] = gl.getExtension("EXT_float_blend")
    ? [gl.RGBA32F, gl.FLOAT]
    : [gl.RGBA16F, gl.HALF_FLOAT];
  const made = texture(gl);
  const frame = gl.createFramebuffer();
  let [width, height] = [0, 0];
  const bind = binder(gl, made);
  const target = () => gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
  return {
    bind,
    /** What is drawn next is added up here. */
    target,
    /** As large as the canvas is. */
    resize(unit: number): void {
      if (width === gl.drawingBufferWidth && height === gl.drawingBufferHeight) return;
      [width, height] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
      bind(unit);
      gl.texImage2D(gl.TEXTURE_2D, 0, internal, width, height, 0, gl.RGBA, scalar, null);
      target();
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, made, 0);
    },
  };
}
