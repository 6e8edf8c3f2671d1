/** Requests that are open: from their headers until their answer is sent or their connection closed. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Nobody who calls webhooks sends a request before the last one is answered; a few are borne. */
const maxPipelined = 8;

interface OfConnection {
  open: number;
  /** While it is open: a connection that is idle keeps nothing of its last request alive. */
  last: IncomingMessage | undefined;
}

export class OpenRequests {
  readonly #bySocket = new WeakMap<Duplex, OfConnection>();
  #open = 0;
  #onNone: (() => void) | undefined;

  /** @returns whether the connection may have one more; if not, it is to be closed */
  begin(request: IncomingMessage, response: ServerResponse): boolean {
    const ofConnection = this.#bySocket.get(request.socket) ?? { open: 0, last: request };
    this.#bySocket.set(request.socket, ofConnection);
    ofConnection.open += 1;
    ofConnection.last = request;
    this.#open += 1;
    response.once('close', () => {
      ofConnection.open -= 1;
      if (ofConnection.open === 0) ofConnection.last = undefined;
      this.#open -= 1;
      if (this.#open === 0) this.#onNone?.();
    });
    return ofConnection.open <= maxPipelined;
  }

  /** `none`: nothing was asked. `unfinished`: one request, not here completely. `complete`: an answer is due. */
  stateOf(socket: Duplex): 'none' | 'unfinished' | 'complete' {
    const ofConnection = this.#bySocket.get(socket);
    if (ofConnection === undefined || ofConnection.open === 0) return 'none';
    return ofConnection.open === 1 && ofConnection.last?.complete === false ? 'unfinished' : 'complete';
  }

  /** Resolves when there is none. */
  none(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#open === 0) resolve();
      else this.#onNone = resolve;
    });
  }
}
