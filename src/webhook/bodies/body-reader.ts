/**
 * Reads bodies, so that nobody's unfinished ones fill the memory or keep others out.
 *
 * | a body                          | is                                                                             |
 * | ------------------------------- | ------------------------------------------------------------------------------ |
 * | over 7 MiB                      | 413; by its Content-Length, if it has one, with nothing read                    |
 * | with more than 100,000 `{`, `[` | 413 as soon as they have come                                                  |
 * | up to 256 KiB                   | read at once. All unfinished ones share 16 MiB: the oldest goes first; 408      |
 * | larger                          | read in turns, two at a time; until then its connection is not read from; 503  |
 * | slower than its time            | 408                                                                            |
 *
 * A good review comes within milliseconds, so it is never the oldest. 16 MiB are some 3,500 bodies of a byte, or 64
 * of the largest: more than the connections there may be, and an eighth of what the chart's memory limit leaves.
 */
import type { IncomingMessage } from 'node:http';
import { badRequest, busy, type Response } from '../respond.ts';
import { countBrackets, maxBrackets } from './brackets.ts';
import { OldestFirst } from '../oldest-first.ts';
import { Turns } from './turns.ts';
import { Upload } from './upload.ts';

/**
 * The figure of controller-runtime. The API takes objects of 3 MiB; controllers send them as protobuf, and the
 * JSON that the API server makes of them for us can be more than twice as large.
 */
export const maxBodyBytes = 7 * 1024 * 1024;

/** Above this a body is read in turns, and computed in a worker. */
export const largeBodyBytes = 256 * 1024;

export interface BodyLimits {
  /** Of all unfinished bodies that are not large. */
  readonly unfinishedBytes: number;
  /** The API server sends a body at once. */
  readonly smallMs: number;
  /** From its turn on: 7 MiB in this time are 20 Mbit/s. */
  readonly largeMs: number;
  /** How long a large body may wait for its turn: the API server waits for some seconds itself. */
  readonly waitMs: number;
}

export const bodyLimits: BodyLimits = {
  unfinishedBytes: 16 * 1024 * 1024,
  smallMs: 10_000,
  largeMs: 3000,
  waitMs: 3000,
};

/** Large bodies that are read or computed at a time: one may be read while another is computed. */
const largeAtATime = 2;

/** One that waits holds 64 KiB at most, which Node reads ahead. */
const maxWaiting = 128;

export type Body =
  /** As a text: bytes that live as long as their request fill the old generation. */
  | { readonly kind: 'small'; readonly text: string }
  /** `endTurn` is to be called once its review has been computed. */
  | { readonly kind: 'large'; readonly bytes: Buffer; readonly endTurn: () => void }
  | { readonly kind: 'refused'; readonly response: Response };

type Done = (body: Body) => void;

interface Reading {
  readonly upload: Upload;
  readonly done: Done;
  /** Takes it out of the unfinished small ones. */
  forget?: () => boolean;
  /** From its turn on. */
  endTurn?: () => void;
  /** While it waits. */
  stopWaiting?: () => void;
  timer?: NodeJS.Timeout;
}

const tooLarge = badRequest(`the body is larger than ${maxBodyBytes} bytes`, 413);
const tooMany = badRequest(`the body has more than ${maxBrackets} lists and objects`, 413);
const tooSlow = badRequest('the body did not come in time', 408);
const tooShort = badRequest('the body ends too early');

export class BodyReader {
  readonly #limits: BodyLimits;
  readonly #turns: Turns;
  /** Of small bodies. */
  readonly #unfinished = new OldestFirst<Reading>();
  readonly #sweep: NodeJS.Timeout;
  #unfinishedBytes = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
    this.#turns = new Turns({ most: largeAtATime, maxWaiting, maxWaitMs: limits.waitMs });
    this.#sweep = setInterval(() => this.#endOverdue(), Math.min(1000, limits.smallMs)).unref();
  }

  /** @param done called once, also if the client has gone away */
  read(request: IncomingMessage, done: Done): void {
    const reading: Reading = { upload: new Upload(request), done };
    const { announced = 0 } = reading.upload;
    if (announced > maxBodyBytes) {
      this.#refuse(reading, tooLarge);
      return;
    }
    request.once('close', () => this.#refuse(reading, tooShort));
    if (announced > largeBodyBytes) this.#awaitTurn(reading, () => this.#listen(reading));
    else {
      reading.forget = this.#unfinished.add(reading);
      this.#weigh(reading.upload.weight);
      this.#listen(reading);
    }
  }

  stop(): void {
    clearInterval(this.#sweep);
  }

  #listen(reading: Reading): void {
    const { request } = reading.upload;
    request.on('data', (chunk: Buffer) => this.#take(reading, chunk));
    request.once('end', () => this.#finish(reading));
  }

  #take(reading: Reading, chunk: Buffer): void {
    const { upload } = reading;
    if (upload.isOver) return;
    const length = upload.length + chunk.length;
    if (length > maxBodyBytes) {
      this.#refuse(reading, tooLarge);
      return;
    }
    if ((upload.announced ?? Infinity) > maxBrackets) upload.brackets += countBrackets(chunk);
    if (upload.brackets > maxBrackets) {
      this.#refuse(reading, tooMany);
      return;
    }
    if (length > largeBodyBytes && !reading.endTurn) this.#holdBack(reading, chunk);
    else this.#keep(reading, chunk);
  }

  #keep(reading: Reading, chunk: Buffer): void {
    const { upload, endTurn } = reading;
    if (endTurn) {
      upload.addBytes(chunk, maxBodyBytes);
      return;
    }
    const before = upload.weight;
    upload.addText(chunk);
    this.#weigh(upload.weight - before);
  }

  /** For a body in chunks that turns out to be a large one. */
  #holdBack(reading: Reading, chunk: Buffer): void {
    this.#forget(reading);
    const { request } = reading.upload;
    request.pause();
    this.#awaitTurn(reading, () => {
      this.#keep(reading, chunk);
      request.resume();
    });
  }

  #awaitTurn(reading: Reading, onTurn: () => void): void {
    reading.stopWaiting = this.#turns.take({
      onTurn: (end) => {
        reading.endTurn = end;
        reading.timer = setTimeout(() => this.#refuse(reading, tooSlow), this.#limits.largeMs).unref();
        onTurn();
      },
      onRefused: () => this.#refuse(reading, busy('too many large reviews')),
    });
  }

  #finish(reading: Reading): void {
    const { upload, endTurn } = reading;
    if (upload.isOver) return;
    const body: Body = endTurn
      ? { kind: 'large', bytes: upload.bytes, endTurn }
      : { kind: 'small', text: upload.text };
    this.#end(reading);
    reading.done(body);
  }

  #refuse(reading: Reading, response: Response): void {
    if (reading.upload.isOver) return;
    this.#end(reading);
    reading.endTurn?.();
    reading.done({ kind: 'refused', response });
  }

  #end(reading: Reading): void {
    reading.upload.isOver = true;
    clearTimeout(reading.timer);
    reading.stopWaiting?.();
    this.#forget(reading);
    reading.upload.drop();
  }

  #forget(reading: Reading): void {
    if (reading.forget?.()) this.#unfinishedBytes -= reading.upload.weight;
  }

  #weigh(bytes: number): void {
    this.#unfinishedBytes += bytes;
    while (this.#unfinishedBytes > this.#limits.unfinishedBytes && this.#refuseOldest());
  }

  #endOverdue(): void {
    const latest = performance.now() - this.#limits.smallMs;
    while ((this.#unfinished.first?.upload.startedAt ?? Infinity) <= latest && this.#refuseOldest());
  }

  #refuseOldest(): boolean {
    const oldest = this.#unfinished.first;
    if (oldest) this.#refuse(oldest, tooSlow);
    return oldest !== undefined;
  }
}
