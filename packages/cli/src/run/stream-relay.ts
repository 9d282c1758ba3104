import type { Output } from "../output/output.js";

/** What a command may write when nobody reads any more, before it is ended as a shell would end it. */
const MOST_UNREAD_BYTES = 64 * 1024 * 1024;

/**
 * Passes the bytes of one stream on. When the reader goes away (`| head`) the command goes on, so that its
 * result can be kept, unless it writes without end.
 */
export class StreamRelay {
  readonly #output: Output;
  readonly #onUnread: () => void;
  #muted = false;
  #unreadBytes = 0;

  /** @param onUnread called when too much was written that nobody read */
  constructor(output: Output, onUnread: () => void) {
    this.#output = output;
    this.#onUnread = onUnread;
  }

  readonly write = (chunk: Uint8Array): void => {
    if (this.#muted) return;
    this.#output.write(chunk);
    if (this.#output.isOpen) return;
    const before = this.#unreadBytes;
    this.#unreadBytes += chunk.length;
    if (before <= MOST_UNREAD_BYTES && this.#unreadBytes > MOST_UNREAD_BYTES) this.#onUnread();
  };

  /** Passes nothing on from here. */
  mute(): void {
    this.#muted = true;
  }

  unmute(): void {
    this.#muted = false;
  }
}
