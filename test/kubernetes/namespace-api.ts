/** A server that speaks the API server's list and watch of namespaces: pages, history, bookmarks, 410. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson, sendStatus, startServer, type TestServer } from './http-server.ts';

interface Metadata {
  readonly name: string;
  readonly resourceVersion: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

interface WatchLine {
  readonly type: string;
  readonly object: unknown;
}

/** Answers instead of the server; returns whether it did. It may also wait and return false. */
export type Intercept = (url: URL, response: ServerResponse) => boolean | Promise<boolean>;

export class NamespaceApi {
  readonly requests: { readonly url: URL; readonly accept: string | undefined }[] = [];
  intercept: Intercept | undefined;
  #server: TestServer | undefined;
  #version = 100;
  #oldest = 0;
  readonly #objects = new Map<string, Metadata>();
  readonly #history: { version: number; line: WatchLine }[] = [];
  readonly #watches = new Set<ServerResponse>();

  async start(port = 0): Promise<string> {
    this.#server = await startServer((request, response) => void this.#handle(request, response), { port });
    return this.#server.url;
  }

  stop(): Promise<void> {
    return this.#server!.close();
  }

  get url(): string {
    return this.#server!.url;
  }

  get watches(): number {
    return this.#watches.size;
  }

  get version(): string {
    return String(this.#version);
  }

  /** Requests whose path and query hold the text. */
  count(text: string): number {
    return this.requests.filter(({ url }) => url.href.includes(text)).length;
  }

  set(name: string, labels: Record<string, string> = {}, annotations: Record<string, string> = {}): string {
    const type = this.#objects.has(name) ? 'MODIFIED' : 'ADDED';
    const metadata = { name, resourceVersion: String(++this.#version), labels, annotations };
    this.#objects.set(name, metadata);
    this.#publish({ type, object: partial(metadata) });
    return metadata.resourceVersion;
  }

  delete(name: string): void {
    const metadata = this.#objects.get(name)!;
    this.#objects.delete(name);
    const resourceVersion = String(++this.#version);
    this.#publish({ type: 'DELETED', object: partial({ ...metadata, resourceVersion }) });
  }

  /** Changes what a list or a GET says without telling the watches, as if these lagged behind. */
  setSilently(name: string, labels: Record<string, string>, resourceVersion = String(++this.#version)): void {
    this.#objects.set(name, { name, resourceVersion, labels, annotations: {} });
  }

  deleteSilently(name: string): void {
    this.#objects.delete(name);
    this.#version += 1;
  }

  bookmark(resourceVersion: string = this.version): void {
    this.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion } } });
  }

  /** Something else happened in the cluster: versions go on, namespaces do not change. */
  advance(): void {
    this.#version += 10;
  }

  send(line: WatchLine): void {
    this.sendText(`${JSON.stringify(line)}\n`);
  }

  sendText(text: string | Uint8Array): void {
    for (const watch of this.#watches) watch.write(text);
  }

  endWatches(): void {
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
  }

  dropConnections(): void {
    this.#watches.clear();
    this.#server!.dropConnections();
  }

  /** Forgets the history: a watch from before now gets 410. */
  compact(): void {
    this.#oldest = this.#version;
  }

  /** As after the restore of an old backup. */
  rewind(version: number): void {
    this.#version = version;
    this.#history.length = 0;
    for (const [name, metadata] of this.#objects)
      this.#objects.set(name, { ...metadata, resourceVersion: String(version) });
  }

  #publish(line: WatchLine): void {
    this.#history.push({ version: this.#version, line });
    this.send(line);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.url);
    this.requests.push({ url, accept: request.headers.accept });
    if (await this.intercept?.(url, response)) return;
    const name = /^\/api\/v1\/namespaces\/([^/]+)$/u.exec(url.pathname)?.[1];
    if (name !== undefined) this.#get(name, response);
    else if (url.pathname !== '/api/v1/namespaces') sendStatus(response, 404, 'the server has no such path');
    else if (url.searchParams.get('watch') === 'true') this.#watch(url, response);
    else this.#list(url, response);
  }

  #get(name: string, response: ServerResponse): void {
    const metadata = this.#objects.get(name);
    if (metadata) sendJson(response, partial(metadata));
    else sendStatus(response, 404, `namespaces "${name}" not found`);
  }

  #list(url: URL, response: ServerResponse): void {
    const limit = Number(url.searchParams.get('limit'));
    const from = Number(url.searchParams.get('continue') ?? 0);
    const items = [...this.#objects.values()].slice(from, from + limit).map(partial);
    const hasMore = from + limit < this.#objects.size;
    const metadata = {
      resourceVersion: this.version,
      ...(hasMore ? { continue: String(from + limit) } : {}),
    };
    sendJson(response, { kind: 'PartialObjectMetadataList', metadata, items });
  }

  #watch(url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    if (from < this.#oldest) {
      response.end(`${JSON.stringify(expired)}\n`);
      return;
    }
    this.#watches.add(response);
    response.once('close', () => this.#watches.delete(response));
    for (const { version, line } of this.#history)
      if (version > from) response.write(`${JSON.stringify(line)}\n`);
  }
}

export const expired = {
  type: 'ERROR',
  object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' },
};

const partial = (metadata: Metadata) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
});
