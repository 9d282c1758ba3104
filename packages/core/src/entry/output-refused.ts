/** An output that no entry can hold; its message says which and why. */
export class OutputRefused extends Error {
  static {
    this.prototype.name = "OutputRefused";
  }
}
