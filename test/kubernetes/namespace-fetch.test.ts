import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startNamespaceCache, type NamespaceCache } from '../../src/kubernetes/namespaces.ts';
import { keysOf } from '../../src/settings/keys.ts';
import { sendJson, sendStatus } from './http-server.ts';
import { connectTo } from './kubeconfig.ts';
import { createTestLog } from './log.ts';
import { NamespaceApi } from './namespace-api.ts';

const on = { 'linkerd.io/inject': 'enabled' };
const off = { 'linkerd.io/inject': 'disabled' };

async function startSynced(fetchTimeoutMs = 1000): Promise<{ api: NamespaceApi; cache: NamespaceCache }> {
  const api = new NamespaceApi();
  const client = await connectTo({ server: await api.start() });
  api.set('shop', off);
  const { log } = createTestLog();
  const keys = keysOf('linkerd.io');
  const cache = startNamespaceCache({ client, keys, log, fetchTimeoutMs, backoffMinMs: 1, backoffMaxMs: 20 });
  onTestFinished(() => cache.stop());
  await vi.waitFor(() => expect(api.watches).toBe(1));
  return { api, cache };
}

/** Lets GETs of one namespace wait; `answer` gives them all the same body, or a 404. */
function holdGets(api: NamespaceApi) {
  const answer = Promise.withResolvers<object | undefined>();
  api.intercept = async (url, response) => {
    if (!url.pathname.startsWith('/api/v1/namespaces/')) return false;
    const metadata = await answer.promise;
    if (metadata) sendJson(response, { metadata });
    else sendStatus(response, 404, 'not found');
    return true;
  };
  return (metadata?: object) => answer.resolve(metadata);
}

describe('a namespace that is not there', () => {
  it('is not asked for again at once', async () => {
    const { api, cache } = await startSynced();
    for (let turn = 0; turn < 5; turn += 1) expect(await cache.fetch('ghost')).toBeUndefined();
    expect(await cache.fetch('ghost', 'labelled')).toBeUndefined();
    expect(api.count('/namespaces/ghost')).toBe(1);
  });

  it('is seen at once if the watch brings it', async () => {
    const { api, cache } = await startSynced();
    expect(await cache.fetch('new')).toBeUndefined();
    api.set('new', on);
    await vi.waitFor(() => expect(cache.get('new')).toBeDefined());
    expect((await cache.fetch('new', 'labelled'))!.labels).toEqual(on);
  });
});

const invented = (cache: NamespaceCache, count: number) =>
  Promise.allSettled(Array.from({ length: count }, (_, index) => cache.fetch(`ghost-${index}`)));

describe('the budget of reading', () => {
  it('delays, refuses what would wait too long, and is another one for labelled namespaces', async () => {
    const { api, cache } = await startSynced(30_000);
    const strangers = invented(cache, 400);
    api.setSilently('shop', on);
    expect((await cache.fetch('shop', 'labelled'))!.labels).toEqual(on);
    const results = await strangers;
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(150);
    expect(refused[0]).toMatchObject({ reason: { code: 'busy' } });
    expect(results.length - refused.length).toBeGreaterThan(100);
  });

  it('is not waited for by a namespace that the watch brings meanwhile', async () => {
    const { api, cache } = await startSynced();
    const strangers = invented(cache, 150);
    const late = cache.fetch('late');
    api.set('late', on);
    expect((await late)!.labels).toEqual(on);
    expect(api.count('/namespaces/late')).toBe(0);
    await strangers;
  });
});

describe('fetch', () => {
  it('reads what the watch has not brought yet, and keeps it', async () => {
    const { api, cache } = await startSynced();
    api.setSilently('shop', on);
    expect(cache.get('shop')!.labels).toEqual(off);
    expect((await cache.fetch('shop'))!.labels).toEqual(on);
    expect(cache.get('shop')!.labels).toEqual(on);
  });

  it('answers undefined to a 404, and forgets the namespace', async () => {
    const { api, cache } = await startSynced();
    holdGets(api)();
    expect(await cache.fetch('shop')).toBeUndefined();
    expect(cache.get('shop')).toBeUndefined();
  });

  it('throws for every other answer, and leaves the cache as it is', async () => {
    const { api, cache } = await startSynced();
    api.intercept = (_, response) => {
      sendStatus(response, 500, 'etcd is away');
      return true;
    };
    await expect(cache.fetch('shop')).rejects.toMatchObject({ code: 'status', status: 500 });
    expect(cache.get('shop')!.labels).toEqual(off);
  });

  it('gives up after its deadline, and asks again the next time', async () => {
    const { api, cache } = await startSynced(2000);
    api.intercept = () => true; // never answers
    await expect(cache.fetch('shop')).rejects.toMatchObject({ code: 'timeout' });
    api.intercept = undefined;
    expect((await cache.fetch('shop'))!.labels).toEqual(off);
  });

  it('asks once for all who ask at the same time, and anew afterwards', async () => {
    const { api, cache } = await startSynced();
    const answers = await Promise.all([cache.fetch('shop'), cache.fetch('shop'), cache.fetch('shop')]);
    expect(api.count('/namespaces/shop')).toBe(1);
    expect(new Set(answers).size).toBe(1);
    await cache.fetch('shop');
    expect(api.count('/namespaces/shop')).toBe(2);
  });

  it.each(['', '..', 'a/b', 'a?watch=true', 'Shop', '%2e%2e', 'a'.repeat(64)])(
    'sends nothing for %j, which cannot be a namespace',
    async (name) => {
      const { api, cache } = await startSynced();
      const before = api.requests.length;
      expect(await cache.fetch(name)).toBeUndefined();
      expect(api.requests.length).toBe(before);
    },
  );
});

const answerOf = (labels: object, resourceVersion: string) => ({ name: 'shop', labels, resourceVersion });

describe('a GET next to the watch', () => {
  it.each([
    ['newer than what the watch brought', '900', on, on],
    ['older than what the watch brought', '101', off, off],
    ['not comparable', 'abc', off, on],
  ])('%s: version %s', async (_, version, cached, answered) => {
    const { api, cache } = await startSynced();
    const answer = holdGets(api);
    const fetching = cache.fetch('shop');
    await vi.waitFor(() => expect(api.count('/namespaces/shop')).toBe(1));
    api.set('shop', { ...off, 'config.linkerd.io/proxy-cpu-limit': '1' }); // version 102
    await vi.waitFor(() => expect(Object.keys(cache.get('shop')!.labels)).toHaveLength(2));
    answer(answerOf(on, version));
    expect((await fetching)!.labels).toMatchObject(answered);
    expect(cache.get('shop')!.labels).toMatchObject(cached);
  });

  it('does not bring back what the watch has deleted meanwhile', async () => {
    const { api, cache } = await startSynced();
    const answer = holdGets(api);
    const fetching = cache.fetch('shop');
    await vi.waitFor(() => expect(api.count('/namespaces/shop')).toBe(1));
    api.delete('shop');
    await vi.waitFor(() => expect(cache.get('shop')).toBeUndefined());
    answer(answerOf(off, '101'));
    expect(await fetching).toBeUndefined();
    expect(cache.get('shop')).toBeUndefined();
  });

  it('does not take away, by a 404, what the watch has brought meanwhile', async () => {
    const { api, cache } = await startSynced();
    const answer = holdGets(api);
    const fetching = cache.fetch('new');
    await vi.waitFor(() => expect(api.count('/namespaces/new')).toBe(1));
    api.set('new', on);
    await vi.waitFor(() => expect(cache.get('new')).toBeDefined());
    answer();
    expect((await fetching)!.labels).toEqual(on);
    expect(cache.get('new')!.labels).toEqual(on);
  });

  it('is not undone by older events that a lagging watch delivers afterwards', async () => {
    const { api, cache } = await startSynced();
    api.setSilently('shop', on, '200');
    await cache.fetch('shop');
    const late = (type: string, labels: object, resourceVersion: string) =>
      api.send({ type, object: { metadata: { name: 'shop', labels, resourceVersion } } });
    late('MODIFIED', off, '150');
    late('DELETED', off, '160');
    api.set('marker');
    await vi.waitFor(() => expect(cache.get('marker')).toBeDefined());
    expect(cache.get('shop')!.labels).toEqual(on);
    late('MODIFIED', off, '1000');
    await vi.waitFor(() => expect(cache.get('shop')!.labels).toEqual(off));
  });

  it('does not bring back what a list that was read meanwhile does not have', async () => {
    const { api, cache } = await startSynced();
    const answer = holdGets(api);
    const fetching = cache.fetch('shop');
    await vi.waitFor(() => expect(api.count('/namespaces/shop')).toBe(1));
    api.deleteSilently('shop');
    api.send({ type: 'ERROR', object: { code: 410 } });
    await vi.waitFor(() => expect(cache.get('shop')).toBeUndefined());
    answer(answerOf(off, '101'));
    expect(await fetching).toBeUndefined();
    expect(cache.get('shop')).toBeUndefined();
  });
});
