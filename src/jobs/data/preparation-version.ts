/** Raised whenever the same data and spec would be prepared differently; part of the key that finished splits are found by. */
export const preparationVersion = 4;
