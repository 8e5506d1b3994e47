type Typed<T> = {
  new (buffer: ArrayBuffer, offset: number, length: number): T;
  BYTES_PER_ELEMENT: number;
};

/**
 * The bytes as numbers, little-endian as on every machine with a browser. No copy where they lie
 * aligned; a kernel's message may bring them at any offset.
 */
export function typed<T>(type: Typed<T>, bytes: DataView): T {
  const size = type.BYTES_PER_ELEMENT;
  if (bytes.byteLength % size)
    throw new Error(`${bytes.byteLength} bytes are not a whole number of ${size}-byte values`);
  const { buffer, byteOffset, byteLength } = bytes;
  return byteOffset % size === 0
    ? new type(buffer as ArrayBuffer, byteOffset, byteLength / size)
    : new type(
        (buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength),
        0,
        byteLength / size,
      );
}
