import { describe, expect, it } from 'vitest';
import { fetchServerVersion } from '../../src/kubernetes/version.ts';
import { sendJson, startServer } from './http-server.ts';
import { connectTo } from './kubeconfig.ts';

async function versionOf(body: unknown) {
  const { url: server } = await startServer((request, response) =>
    request.url === '/version' ? sendJson(response, body) : response.writeHead(404).end(),
  );
  return fetchServerVersion(await connectTo({ server }));
}

describe('fetchServerVersion', () => {
  it.each([
    [
      { major: '1', minor: '35', gitVersion: 'v1.35.4' },
      { major: 1, minor: 35 },
    ],
    [
      { major: '1', minor: '35+' },
      { major: 1, minor: 35 },
    ],
    [
      { major: '1', minor: '30-eks-1' },
      { major: 1, minor: 30 },
    ],
  ])('reads %j', async (body, expected) => {
    expect(await versionOf(body)).toEqual(expected);
  });

  it.each([[{ major: '1', minor: '' }], [{}], [null]])('refuses %j', async (body) => {
    await expect(versionOf(body)).rejects.toMatchObject({ code: 'unreadable' });
  });
});
