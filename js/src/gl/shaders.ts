/**
 * A point has no attributes: its columns lie in textures, row i at texel i, exactly as they came.
 * A place is worked out twice, for the frame before and the frame now, and mixed, so that a glide
 * moves nothing but one uniform.
 */
export const VERTEX = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;

const uint LATTICE = 65533u, WAITING = 65534u, MISSING = 65535u;

uniform usampler2D x0, y0, color0, x1, y1, color1, selected;
uniform sampler2D palette;            // 256 wide; row 0: the frame before, row 1: the frame now
uniform vec2 size;                    // canvas, CSS px
uniform vec4 box;                     // where points are drawn: left, top, right, bottom
uniform vec4 strip;                   // where waiting points stand: left and width, top and height
uniform vec4 toX, toY;                // px = code * .x + .y before, code * .z + .w now
uniform float progress, pixels, diameter, alpha;
uniform int known;                    // rows of the frame before: later ones are new
uniform int drawn;                    // 0: all rows alike, 1: those not selected, 2: the selected

out vec4 fill;
out float radius;

ivec2 texel(int row) { return ivec2(row & 4095, row >> 12); }

float code(usampler2D column, ivec2 at) { return float(texelFetch(column, at, 0).r); }

float scatter(int row, uint salt) {
  uint h = (uint(row) + salt) * 2654435769u;
  return float(h >> 16) / 65535.0;
}

/** x, y in px and whether the point is to be seen there (0 or 1). */
vec3 place(usampler2D xs, usampler2D ys, vec2 toX, vec2 toY, ivec2 at, int row) {
  float x = code(xs, at), y = code(ys, at);
  bool xWaits = x == float(WAITING), yWaits = y == float(WAITING);
  vec2 p = vec2(x * toX.x + toX.y, y * toY.x + toY.y);
  bool isIn = (xWaits || (p.x >= box.x && p.x <= box.z)) && (yWaits || (p.y >= box.y && p.y <= box.w));
  if (xWaits) p.x = strip.x + strip.y * scatter(row, 0u);
  if (yWaits) p.y = strip.z + strip.w * scatter(row, 77u);
  bool isThere = x != float(MISSING) && y != float(MISSING);
  return vec3(p, isThere && isIn ? 1.0 : 0.0);
}

vec4 colored(usampler2D codes, int frame, ivec2 at) {
  return texelFetch(palette, ivec2(int(texelFetch(codes, at, 0).r), frame), 0);
}

void hide() {
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = 0.0;
}

void main() {
  int row = gl_VertexID;
  ivec2 at = texel(row);
  bool isSelected = false;
  if (drawn != 0) {
    uint byte = texelFetch(selected, texel(row >> 3), 0).r;
    isSelected = ((byte >> uint(row & 7)) & 1u) == 1u;
    if (isSelected != (drawn == 2)) { hide(); return; }
  }
  vec3 here = place(x1, y1, toX.zw, toY.zw, at, row);
  vec4 paint = colored(color1, 1, at);
  if (progress < 1.0) {
    vec3 was = row < known ? place(x0, y0, toX.xy, toY.xy, at, row) : vec3(0.0);
    vec2 p = was.z == 0.0 ? here.xy : here.z == 0.0 ? was.xy : mix(was.xy, here.xy, progress);
    here = vec3(p, mix(was.z, here.z, progress));
    paint = mix(colored(color0, 0, at), paint, progress);
  }
  if (here.z == 0.0) { hide(); return; }
  gl_Position = vec4(here.xy / size * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0);
  float d = diameter * pixels;
  radius = 0.5 * d;
  gl_PointSize = d + 2.0;
  fill = vec4(paint.rgb, 1.0) * paint.a * here.z * alpha;
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
uniform vec4 edge;                    // colour of a thin edge and, in .a, its strength
in vec4 fill;
in float radius;
out vec4 pixel;

void main() {
  float far = length(gl_PointCoord - 0.5) * (2.0 * radius + 2.0);
  float cover = clamp(radius - far + 0.5, 0.0, 1.0);
  if (cover == 0.0) discard;
  float inner = clamp(radius - 1.0 - far + 0.5, 0.0, 1.0);
  vec3 paint = mix(mix(fill.rgb, edge.rgb * fill.a, edge.a), fill.rgb, inner);
  pixel = vec4(paint, fill.a) * cover;
}`;
