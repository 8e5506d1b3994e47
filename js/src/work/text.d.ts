/** A module, bundled by the build, as the text of a script. */
declare module "*?text" {
  const text: string;
  export default text;
}
