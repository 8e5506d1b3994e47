/** What the second part uses of the first, in the order that js/build.mjs gives to both. */
export const rooms: readonly unknown[] = [];
