import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  startNamespaceCache,
  type NamespaceCache,
  type NamespaceCacheTimings,
} from '../../src/kubernetes/namespaces.ts';
import { keysOf } from '../../src/settings/keys.ts';
import { connectTo } from './kubeconfig.ts';
import { createTestLog, type LogLine } from './log.ts';
import { expired, NamespaceApi } from './namespace-api.ts';
import { sendStatus } from './http-server.ts';

const on = { 'linkerd.io/inject': 'enabled' };
const off = { 'linkerd.io/inject': 'disabled' };

interface Parts {
  readonly api: NamespaceApi;
  readonly cache: NamespaceCache;
  readonly lines: LogLine[];
}

async function start(prepare: (api: NamespaceApi) => void = () => {}, timings = {}): Promise<Parts> {
  const api = new NamespaceApi();
  const server = await api.start();
  prepare(api);
  const quick: Partial<NamespaceCacheTimings> = { backoffMinMs: 1, backoffMaxMs: 20, ...timings };
  const { log, lines } = createTestLog();
  const client = await connectTo({ server });
  const cache = startNamespaceCache({ client, keys: keysOf('linkerd.io'), log, ...quick });
  onTestFinished(() => cache.stop());
  return { api, cache, lines };
}

/** Started, listed, and watching. */
async function startSynced(prepare?: (api: NamespaceApi) => void, timings?: object): Promise<Parts> {
  const parts = await start(prepare, timings);
  await vi.waitFor(() => expect(parts.api.watches).toBe(1));
  return parts;
}

const labelsOf = (cache: NamespaceCache, name: string) => cache.get(name)?.labels;

describe('what is kept', () => {
  it('keeps name, own keys and pod security labels only', async () => {
    const { cache } = await startSynced((api) =>
      api.set(
        'shop',
        {
          ...on,
          'pod-security.kubernetes.io/enforce': 'restricted',
          'config.linkerd.io/proxy-cpu-limit': '1',
          'kubernetes.io/metadata.name': 'shop',
          'linkerd.io/other': 'x',
        },
        {
          'config.linkerd.io/skip-outbound-ports': '4406',
          'config.alpha.linkerd.io/proxy-wait-before-exit-seconds': '5',
          'linkerd.io/inject': 'enabled',
          'pod-security.kubernetes.io/enforce': 'no label',
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
        },
      ),
    );
    expect(cache.get('shop')).toStrictEqual({
      name: 'shop',
      labels: {
        ...on,
        'pod-security.kubernetes.io/enforce': 'restricted',
        'config.linkerd.io/proxy-cpu-limit': '1',
      },
      annotations: {
        'config.linkerd.io/skip-outbound-ports': '4406',
        'config.alpha.linkerd.io/proxy-wait-before-exit-seconds': '5',
        'linkerd.io/inject': 'enabled',
      },
    });
  });

  it('shares the empty maps of namespaces without own keys', async () => {
    const { cache } = await startSynced((api) => {
      api.set('one', { team: 'a' });
      api.set('two');
    });
    expect(cache.get('one')).toEqual({ name: 'one', labels: {}, annotations: {} });
    expect(cache.get('one')!.labels).toBe(cache.get('two')!.annotations);
  });
});

describe('list', () => {
  it('reads all pages before it calls itself synced', async () => {
    const held = Promise.withResolvers<void>();
    const { api, cache } = await start((api) => {
      for (let i = 0; i < 1201; i += 1) api.set(`ns-${i}`);
      api.intercept = async (url) => {
        if (url.searchParams.get('continue') === '1000') await held.promise;
        return false;
      };
    });
    await vi.waitFor(() => expect(api.count('continue=1000')).toBe(1));
    expect([cache.isSynced(), cache.size]).toEqual([false, 0]);
    held.resolve();
    await vi.waitFor(() => expect(cache.isSynced()).toBe(true));
    expect(cache.size).toBe(1201);
    expect(api.requests.slice(0, 3).map(({ url }) => url.search)).toEqual([
      '?limit=500',
      '?limit=500&continue=500',
      '?limit=500&continue=1000',
    ]);
  });

  it('asks for metadata only, in list, watch and GET', async () => {
    const { api, cache } = await startSynced();
    await cache.fetch('absent');
    expect(api.requests.map(({ accept }) => accept)).toEqual([
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json',
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json',
    ]);
    expect(api.requests[1]!.url.searchParams.get('allowWatchBookmarks')).toBe('true');
  });

  it('begins again when a page token has expired', async () => {
    const { api, cache } = await startSynced((api) => {
      for (let i = 0; i < 600; i += 1) api.set(`ns-${i}`);
      let isFirst = true;
      api.intercept = (url, response) => {
        if (url.searchParams.get('continue') === null || !isFirst) return false;
        isFirst = false;
        sendStatus(response, 410, 'The provided continue parameter is too old');
        return true;
      };
    });
    expect(cache.size).toBe(600);
    expect(api.count('limit=500')).toBe(4);
  });

  it('logs why it fails and goes on until it works', async () => {
    const { api, cache, lines } = await start((api) => {
      api.set('shop');
      api.intercept = (_, response) => {
        sendStatus(response, 403, 'namespaces is forbidden: User "x" cannot list');
        return true;
      };
    });
    await vi.waitFor(() => expect(api.count('limit')).toBeGreaterThan(2));
    expect(cache.isSynced()).toBe(false);
    expect(lines[0]).toMatchObject({
      level: 'warn',
      fields: { error: expect.stringContaining('403: namespaces is forbidden: User "x" cannot list') },
    });
    api.intercept = undefined;
    await vi.waitFor(() => expect(cache.size).toBe(1));
  });
});

describe('watch', () => {
  it('follows added, modified and deleted namespaces', async () => {
    const { api, cache } = await startSynced((api) => api.set('shop', off));
    api.set('shop', on);
    api.set('new');
    await vi.waitFor(() => expect(cache.size).toBe(2));
    expect(labelsOf(cache, 'shop')).toEqual(on);
    api.delete('shop');
    await vi.waitFor(() => expect(cache.get('shop')).toBeUndefined());
    expect(api.count('limit')).toBe(1);
  });

  it('understands events that arrive in pieces, also within a character', async () => {
    const { api, cache } = await startSynced();
    const value = 'grün€';
    const object = {
      metadata: { name: 'shop', resourceVersion: '101', labels: { 'linkerd.io/inject': value } },
    };
    const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    const middle = bytes.indexOf('€') + 1;
    api.sendText(bytes.subarray(0, 10));
    // One write per tick, so that they are chunks of their own.
    await new Promise(setImmediate);
    for (const part of [bytes.subarray(10, middle), bytes.subarray(middle)]) {
      api.sendText(part);
      await new Promise(setImmediate);
    }
    await vi.waitFor(() => expect(labelsOf(cache, 'shop')).toEqual({ 'linkerd.io/inject': value }));
  });

  it.each([
    ['the server ends it', (api: NamespaceApi) => api.endWatches()],
    ['the connection breaks', (api: NamespaceApi) => api.dropConnections()],
    ['a line is no JSON', (api: NamespaceApi) => api.sendText('<html>\n')],
  ])('goes on from the last version where %s', async (_, disturb) => {
    const { api, cache } = await startSynced((api) => api.set('shop'));
    const version = api.set('second');
    await vi.waitFor(() => expect(cache.size).toBe(2));
    disturb(api);
    api.set('third');
    await vi.waitFor(() => expect(cache.size).toBe(3));
    expect(api.count('limit')).toBe(1);
    expect(api.count(`resourceVersion=${version}`)).toBe(1);
  });

  it('goes on from a bookmark', async () => {
    const { api } = await startSynced();
    api.advance();
    api.bookmark();
    api.endWatches();
    await vi.waitFor(() => expect(api.count(`resourceVersion=${api.version}`)).toBe(1));
    expect(api.count('limit')).toBe(1);
  });

  it('takes silence for a dead connection, and a bookmark for a sign of life', async () => {
    const idleMs = 400;
    const { api } = await startSynced(undefined, { idleMs });
    const startedMs = Date.now();
    const bookmarks = setInterval(() => api.bookmark(), 50);
    onTestFinished(() => clearInterval(bookmarks));
    await vi.waitFor(() => expect(Date.now() - startedMs).toBeGreaterThan(2 * idleMs), 5000);
    expect(api.count('watch=true')).toBe(1);
    clearInterval(bookmarks);
    await vi.waitFor(() => expect(api.count('watch=true')).toBe(2), 5000);
    expect(api.count('limit')).toBe(1);
  });

  it('lists again after an ERROR event 410, and forgets what is gone', async () => {
    const { api, cache } = await startSynced((api) => {
      api.set('shop');
      api.set('gone');
    });
    api.dropConnections();
    api.delete('gone');
    api.set('shop', on);
    api.compact();
    await vi.waitFor(() => expect(cache.get('gone')).toBeUndefined());
    expect(labelsOf(cache, 'shop')).toEqual(on);
    expect(cache.isSynced()).toBe(true);
  });

  it.each([410, 504])('lists again after the status %i', async (status) => {
    const { api, cache } = await startSynced();
    let isRefused = true;
    api.intercept = (url, response) => {
      if (!url.searchParams.has('watch') || !isRefused) return false;
      isRefused = false;
      sendStatus(response, status, 'resource version');
      return true;
    };
    api.endWatches();
    await vi.waitFor(() => expect(api.count('limit')).toBe(2));
    expect(cache.isSynced()).toBe(true);
  });

  it('lists again when a bookmark goes back: a backup was restored', async () => {
    const { api, cache } = await startSynced((api) => api.set('shop', on));
    api.rewind(50);
    api.bookmark();
    await vi.waitFor(() => expect(api.count('resourceVersion=50')).toBe(1));
    api.set('shop', off);
    await vi.waitFor(() => expect(labelsOf(cache, 'shop')).toEqual(off));
  });

  it('answers from memory while the API server is away, and catches up', async () => {
    const { api, cache, lines } = await startSynced((api) => api.set('shop', on));
    const port = Number(new URL(api.url).port);
    await api.stop();
    await vi.waitFor(() => expect(lines.filter(({ level }) => level === 'warn').length).toBeGreaterThan(2));
    expect(labelsOf(cache, 'shop')).toEqual(on);
    expect(cache.isSynced()).toBe(true);
    await api.start(port);
    api.set('shop', off);
    await vi.waitFor(() => expect(labelsOf(cache, 'shop')).toEqual(off));
  });

  it('waits longer and longer while every watch fails at once', async () => {
    const { api, lines } = await start(
      (api) => {
        api.intercept = (url, response) => {
          if (!url.searchParams.has('watch')) return false;
          response.end(`${JSON.stringify(expired)}\n`);
          return true;
        };
      },
      { backoffMinMs: 10, backoffMaxMs: 160 },
    );
    const delays = () =>
      lines.filter(({ message }) => message === 'watch ended').map(({ fields }) => fields['delayMs']);
    await vi.waitFor(() => expect(delays().length).toBeGreaterThan(6), 5000);
    for (const [i, ceilingMs] of [10, 20, 40, 80, 160, 160].entries()) {
      expect(delays()[i]).toBeGreaterThanOrEqual(ceilingMs / 2);
      expect(delays()[i]).toBeLessThanOrEqual(ceilingMs);
    }
    expect(api.count('limit')).toBe(api.count('watch=true'));
  });

  it('starts the back-off anew after a watch that delivered something', async () => {
    const { api, lines } = await startSynced(undefined, { backoffMinMs: 10, backoffMaxMs: 10_000 });
    for (let i = 0; i < 6; i += 1) {
      await vi.waitFor(() => expect(api.watches).toBe(1));
      api.bookmark();
      api.endWatches();
      await vi.waitFor(() => expect(api.count('watch=true')).toBe(i + 2));
    }
    const delays = lines
      .filter(({ message }) => message === 'watch ended')
      .map(({ fields }) => fields['delayMs']);
    expect(Math.max(...(delays as number[]))).toBeLessThanOrEqual(10);
  });
});

describe('stop', () => {
  it('ends watch, back-off and fetches', async () => {
    const { api, cache, lines } = await startSynced();
    api.intercept = () => true; // never answers
    const fetching = cache.fetch('shop');
    await vi.waitFor(() => expect(api.count('/shop')).toBe(1));
    cache.stop();
    await expect(fetching).rejects.toMatchObject({ code: 'stopped' });
    await vi.waitFor(() => expect(api.watches).toBe(0));
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
    expect(api.count('watch=true')).toBe(1);
  });
});
