/** MongoDB's protocol between its own driver and FerretDB: the client speaks first, and its own port is opaque anyway. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlacedMesh, placements, type PlacedMesh } from './network/placements.ts';
import { trafficDuring } from './network/traffic.ts';
import { roundTripDocuments, startFerretdb } from './servers/ferretdb.ts';

const [count, size] = [200, 5000];

const texts = Array.from({ length: count }, (_, index) =>
  String.fromCodePoint(97 + (index % 26)).repeat(size),
);
const expectedDocuments = `${count * size} ${createHash('sha256').update(texts.join('')).digest('hex')}`;

describe.each<[string, { readonly port: number; readonly annotations?: Readonly<Record<string, string>> }]>([
  ['on 27017 with no annotation', { port: 27017 }],
  ['on 27017 with opaque-ports', { port: 27017, annotations: { 'config.linkerd.io/opaque-ports': '27017' } }],
  ['on 27018, which nobody named', { port: 27018 }],
])('MongoDB %s', (_, { port, annotations = {} }) => {
  let placed: PlacedMesh;

  beforeAll(async () => {
    const container = { name: 'db', image: 'ferretdb:1', ports: [{ containerPort: port }] };
    placed = await createPlacedMesh({
      client: { annotations },
      server: { annotations, containers: [container] },
    });
    await Promise.all(placed.servers.map((host) => startFerretdb(host, port)));
  });
  afterAll(() => placed?.mesh.stop());

  it.each(placements)('gives back the documents that it was given, without a wait, %s', async (placement) => {
    const pair = placed.pair(placement);
    const documents = { collection: placement.replace(' ', '-'), count, size };
    const { result, ms, traffic } = await trafficDuring(pair, port, () =>
      roundTripDocuments(pair.client, pair.server, port, documents),
    );

    expect(result).toBe(expectedDocuments);
    expect(ms).toBeLessThan(2500);
    for (const { waits, closed, read, written } of traffic) {
      expect(waits).toBe(0);
      // The driver also watches the server by connections of its own.
      expect(closed).toBeGreaterThanOrEqual(1);
      expect(read).toBeGreaterThan(count * size);
      expect(written).toBeGreaterThan(count * size);
    }
  });
});
