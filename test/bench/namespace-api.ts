/** As much of an API server as the program asks for: a list of namespaces, a watch that stays silent, a version. */
import { once } from 'node:events';
import { createServer } from 'node:http';

export interface NamespaceApi {
  readonly url: string;
  /** Paths that were asked for. */
  readonly paths: ReadonlySet<string>;
  stop(): Promise<void>;
}

export async function startNamespaceApi(names: readonly string[]): Promise<NamespaceApi> {
  const items = names.map(namespace);
  const paths = new Set<string>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    paths.add(url.pathname);
    response.setHeader('content-type', 'application/json');
    if (url.pathname === '/version') response.end(JSON.stringify({ major: '1', minor: '35' }));
    else if (url.searchParams.get('watch') === 'true') response.flushHeaders();
    else response.end(JSON.stringify(page(items, url)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    paths,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function page(items: readonly object[], url: URL): object {
  const limit = Number(url.searchParams.get('limit') ?? items.length);
  const from = Number(url.searchParams.get('continue') ?? 0);
  const next = from + limit < items.length ? { continue: String(from + limit) } : {};
  return {
    kind: 'PartialObjectMetadataList',
    metadata: { resourceVersion: '1000', ...next },
    items: items.slice(from, from + limit),
  };
}

function namespace(name: string): object {
  return {
    kind: 'PartialObjectMetadata',
    metadata: {
      name,
      resourceVersion: '1000',
      uid: `3f1c9d5e-0000-4000-8000-${name.length.toString().padStart(12, '0')}`,
      labels: { 'kubernetes.io/metadata.name': name, team: name, 'linkerd.io/inject': 'enabled' },
      annotations: { owner: 'x'.repeat(200), 'config.linkerd.io/skip-outbound-ports': '4406' },
    },
  };
}
