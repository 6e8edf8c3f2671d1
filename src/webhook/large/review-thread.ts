/**
 * Large reviews, computed in a worker: whatever is in their bodies, the main thread goes on, and a worker that takes
 * too long or too much memory is ended and replaced. One at a time, as each may take all the memory there is.
 */
import { Worker } from 'node:worker_threads';
import { findNamespace } from '../find-namespace.ts';
import type { WebhookDependencies } from '../dependencies.ts';
import type { Computed } from '../compute.ts';
import { noHead } from '../paths.ts';
import { failed, internalError, type Response } from '../respond.ts';
import { refused, type WantedNamespace } from '../reviewed.ts';
import type { FromWorker, ToWorker } from './messages.ts';

export interface ReviewThreadOptions {
  /** The module that calls `answerReviews`. */
  readonly file: URL;
  /** What that module needs to know: it is cloned. */
  readonly data: unknown;
  readonly dependencies: WebhookDependencies;
  readonly times?: ThreadTimes;
}

export interface ThreadTimes {
  /** For the computing of a review; not for reading its namespace. */
  readonly deadlineMs: number;
  /** For the worker to load its code. */
  readonly startMs: number;
  /** It is ended when it has had nothing to do for so long. */
  readonly idleMs: number;
}

const defaultTimes: ThreadTimes = { deadlineMs: 2000, startMs: 10_000, idleMs: 30_000 };

/**
 * 7 MiB of JSON with one letter beyond Latin-1 take 14 MiB as a text, and as much again in each text that is made of
 * it: 80 MiB are five of them. With what the main thread may take, that stays below the chart's limit of 256 MiB.
 */
const resourceLimits = { maxOldGenerationSizeMb: 80, maxYoungGenerationSizeMb: 6 };

interface Job {
  readonly path: string;
  readonly bytes: Buffer;
  readonly done: (computed: Computed) => void;
}

export class ReviewThread {
  readonly #options: ReviewThreadOptions;
  readonly #times: ThreadTimes;
  readonly #waiting: Job[] = [];
  #job: Job | undefined;
  #worker: Worker | undefined;
  #isReady = false;
  /** Of what is running: the start, a computation, or the time without one. */
  #timer: NodeJS.Timeout | undefined;
  #leftMs = 0;
  #startedAt = 0;

  constructor(options: ReviewThreadOptions) {
    this.#options = options;
    this.#times = options.times ?? defaultTimes;
  }

  /** Never rejects: a review that cannot be computed is an internal error, and logged. @param bytes are taken over */
  review(path: string, bytes: Buffer): Promise<Computed> {
    return new Promise((done) => {
      this.#waiting.push({ path, bytes, done });
      if (this.#job === undefined) this.#next();
    });
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#end();
  }

  #next(): void {
    this.#job = this.#waiting.shift();
    this.#leftMs = this.#times.deadlineMs;
    if (this.#job === undefined) this.#limit(this.#times.idleMs, () => void this.#end());
    else if (this.#worker && this.#isReady) this.#begin(this.#job);
    else this.#start();
  }

  #start(): void {
    const { file, data } = this.#options;
    const worker = new Worker(file, { workerData: data, resourceLimits });
    worker.unref();
    worker.on('message', (message: FromWorker) => {
      if (worker === this.#worker) this.#handle(message);
    });
    // What it dies of: an exception while it loads, or memory.
    worker.on('error', (error) => {
      if (worker === this.#worker) void this.#fail(error);
    });
    worker.on('exit', () => {
      if (worker === this.#worker) void this.#fail(new Error('the worker has ended'));
    });
    this.#worker = worker;
    this.#limit(this.#times.startMs, () => void this.#fail(new Error('the worker did not start in time')));
  }

  #begin({ path, bytes }: Job): void {
    const body = bytes.byteOffset === 0 ? (bytes as Buffer<ArrayBuffer>) : Uint8Array.from(bytes);
    const begin: ToWorker = { kind: 'begin', path, bytes: new Uint8Array(body.buffer, 0, body.length) };
    this.#send(begin, [body.buffer]);
  }

  /** The time runs until the worker says something. */
  #send(message: ToWorker, transferred: ArrayBuffer[] = []): void {
    this.#startedAt = performance.now();
    this.#limit(this.#leftMs, () => {
      const ms = this.#times.deadlineMs;
      void this.#fail(new Error(`it was not computed within ${ms} ms, so its worker was ended`));
    });
    this.#worker?.postMessage(message, transferred);
  }

  #handle(message: FromWorker): void {
    clearTimeout(this.#timer);
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        if (this.#job) this.#begin(this.#job);
        break;
      case 'wants':
        this.#leftMs -= performance.now() - this.#startedAt;
        void this.#lookUp(message.wants);
        break;
      case 'reviewed':
        this.#finish({ head: message.head, reviewed: message.reviewed });
        break;
      case 'failed':
        this.#finish({ head: noHead, reviewed: refused(this.#failed(message.error)) });
        break;
    }
  }

  async #lookUp(wants: WantedNamespace | undefined): Promise<void> {
    const { dependencies } = this.#options;
    const worker = this.#worker;
    try {
      const namespace = wants && (await findNamespace(wants, dependencies));
      if (worker !== this.#worker) return;
      this.#send({ kind: 'answer', namespace, cluster: dependencies.context().cluster });
    } catch (error) {
      await this.#fail(error);
    }
  }

  #finish(computed: Computed): void {
    const job = this.#job;
    this.#next();
    job?.done(computed);
  }

  #failed(error: unknown): Response {
    const response = failed(error);
    if (response.outcome === 'error') this.#options.dependencies.logError(error, 'a review failed');
    return response;
  }

  /** Waits until the worker is gone: two at a time would take twice the memory. */
  async #fail(error: unknown): Promise<void> {
    clearTimeout(this.#timer);
    this.#options.dependencies.logError(error, 'a large review failed');
    await this.#end();
    this.#finish({ head: noHead, reviewed: refused(internalError('the review could not be computed')) });
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#isReady = false;
    await worker?.terminate();
  }

  #limit(ms: number, onOver: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onOver, ms).unref();
  }
}
