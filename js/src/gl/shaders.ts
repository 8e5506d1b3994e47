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

uniform usampler2D x0, y0, color0, x1, y1, color1, sizes, shapes, selected, passing;
uniform sampler2D palette;            // 256 wide; row 0: the frame before, row 1: the frame now
uniform vec2 size;                    // canvas, CSS px
uniform vec4 box;                     // where points are drawn: left, top, right, bottom
uniform vec4 strip;                   // where waiting points stand: left and width, top and height
uniform vec4 toX, toY;                // px = code * .x + .y before, code * .z + .w now
uniform float progress, pixels, diameter, alpha;
uniform float largest;                // code of the largest size; 0: all alike
uniform bool isShaped, isFiltered;
uniform int known;                    // rows of the frame before: later ones are new
uniform int drawn;                    // 0: all rows alike, 1: those not selected, 2: the selected
uniform uint sampled;                 // so many rows are there to draw some of; 0: all are drawn

out vec4 fill;
out float radius, far;
flat out int shape;

ivec2 texel(int row) { return ivec2(row & 4095, row >> 12); }

float code(usampler2D column, ivec2 at) { return float(texelFetch(column, at, 0).r); }

float scatter(int row, uint salt) {
  uint h = (uint(row) + salt) * 2654435769u;
  return float(h >> 16) / 65535.0;
}

/** Steps of the golden ratio: however many are drawn, they are spread evenly over all rows. */
int rowOf(uint i) {
  if (sampled == 0u) return int(i);
  uint at = i * 2654435769u, high = at >> 16, low = at & 65535u;
  uint top = sampled >> 16, rest = sampled & 65535u;
  return int(high * top + ((high * rest) >> 16) + ((low * top) >> 16));
}

bool has(usampler2D bits, int row) {
  return ((texelFetch(bits, texel(row >> 3), 0).r >> uint(row & 7)) & 1u) == 1u;
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

/** Times the diameter: 0.6 for the smallest and for what has no size, 2.4 for the largest. */
float scale(ivec2 at) {
  float code = largest > 0.0 ? code(sizes, at) : 0.0;
  return largest > 0.0 ? 0.6 + (code > largest ? 0.0 : 1.8 * code / largest) : 1.0;
}

void hide() {
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = 0.0;
}

void main() {
  int row = rowOf(uint(gl_VertexID));
  ivec2 at = texel(row);
  if (isFiltered && !has(passing, row)) { hide(); return; }
  if (drawn != 0 && has(selected, row) != (drawn == 2)) { hide(); return; }
  vec3 here = place(x1, y1, toX.zw, toY.zw, at, row);
  vec4 paint = colored(color1, 1, at);
  if (progress < 1.0) {
    vec3 was = row < known ? place(x0, y0, toX.xy, toY.xy, at, row) : vec3(0.0);
    vec2 p = was.z == 0.0 ? here.xy : here.z == 0.0 ? was.xy : mix(was.xy, here.xy, progress);
    here = vec3(p, mix(was.z, here.z, progress));
    paint = row < known ? mix(colored(color0, 0, at), paint, progress) : paint;
  }
  if (here.z == 0.0) { hide(); return; }
  shape = isShaped ? int(texelFetch(shapes, at, 0).r) : 0;
  shape = shape == 255 ? 0 : shape & 7;
  gl_Position = vec4(here.xy / size * vec2(2.0, -2.0) + vec2(-1.0, 1.0), 0.0, 1.0);
  radius = 0.5 * diameter * pixels * scale(at);
  far = (shape == 0 ? 1.0 : 1.6) * radius + 1.0;
  gl_PointSize = 2.0 * far;
  fill = vec4(paint.rgb, 1.0) * paint.a * here.z * alpha;
}`;

/** Markers as distances from their outline, of about the same area each. */
export const FRAGMENT = `#version 300 es
precision highp float;
uniform vec4 edge;                    // colour of a thin edge and, in .a, its strength
in vec4 fill;
in float radius, far;
flat in int shape;
out vec4 pixel;

float bar(vec2 p, vec2 half_) { vec2 d = abs(p) - half_; return max(d.x, d.y); }

float plus(vec2 p) { return min(bar(p, vec2(1.25, 0.42)), bar(p, vec2(0.42, 1.25))); }

float triangle(vec2 p) { return max(abs(p.x) * 0.866 + p.y * 0.5, -p.y) - 0.74; }

float star(vec2 p) {
  const vec2 k1 = vec2(0.809, -0.588), k2 = vec2(-0.809, -0.588);
  p.x = abs(p.x);
  p -= 2.0 * max(dot(k1, p), 0.0) * k1;
  p -= 2.0 * max(dot(k2, p), 0.0) * k2;
  p = vec2(abs(p.x), p.y - 1.5);
  vec2 side = 0.48 * vec2(0.588, 0.809) - vec2(0.0, 1.0);
  float along = clamp(dot(p, side) / dot(side, side), 0.0, 1.5);
  return length(p - side * along) * sign(p.y * side.x - p.x * side.y);
}

float outline(vec2 p) {               // p.y upwards, in radii
  if (shape == 1) return bar(p, vec2(0.89));
  if (shape == 2) return (abs(p.x) + abs(p.y)) * 0.7071 - 0.89;
  if (shape == 3) return triangle(p);
  if (shape == 4) return plus(p);
  if (shape == 5) return plus(vec2(p.x + p.y, p.x - p.y) * 0.7071);
  if (shape == 6) return triangle(-p);
  if (shape == 7) return star(p);
  return length(p) - 1.0;
}

void main() {
  vec2 p = (gl_PointCoord - 0.5) * 2.0 * far * vec2(1.0, -1.0);
  float inside = -outline(p / radius) * radius;
  float cover = clamp(inside + 0.5, 0.0, 1.0);
  if (cover == 0.0) discard;
  float inner = clamp(inside - 0.5, 0.0, 1.0);
  vec3 paint = mix(mix(fill.rgb, edge.rgb * fill.a, edge.a), fill.rgb, inner);
  pixel = vec4(paint, fill.a) * cover;
}`;

export const SCREEN = `#version 300 es
void main() {
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

/** Counts to colours; tone.ts says the same for the processor. */
export const TONE = `#version 300 es
precision highp float;
uniform highp sampler2D sums;
uniform float alpha, most, peak, strength;
uniform vec3 ink;
out vec4 pixel;

void main() {
  vec4 sum = texelFetch(sums, ivec2(gl_FragCoord.xy), 0);
  if (sum.a <= 0.0) { pixel = vec4(0.0); return; }
  vec3 mean = sum.rgb / sum.a;
  float level = clamp(log2(max(1.0, sum.a)) / log2(peak), 0.0, 1.0);
  float a = sum.a < 1.0 ? alpha * sum.a : mix(alpha, most, level);
  vec3 paint = mix(mean, ink, 0.3 * level * level);
  pixel = vec4(paint, 1.0) * a * strength;
}`;
