/** An expression failed; the message is JSONata's code and text. */
export class JsonataProblem extends Error {}
