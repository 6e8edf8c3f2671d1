import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from './pki.ts';

/** The simplest webhook that can be seen at work: it labels pods with the path it was called on. */
export interface LabellingWebhook {
  readonly url: string;
  close(): Promise<void>;
}

export const calledLabel = 'outrigger.test/called';

interface AdmissionReview {
  readonly request: { readonly uid: string; readonly object: { readonly metadata: { labels?: object } } };
}

/** Starts it on a free loopback port. On /advise it answers with a warning. */
export async function startLabellingWebhook({ certificate, key }: KeyPair): Promise<LabellingWebhook> {
  const server = createServer({ cert: certificate, key }, (request, response) => {
    void text(request).then((body) => {
      const path = new URL(request.url ?? '/', 'https://localhost').pathname;
      const answer = path === '/advise' ? { warnings: ['seen by /advise'] } : label(path, JSON.parse(body));
      const { uid } = (JSON.parse(body) as AdmissionReview).request;
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: { uid, allowed: true, ...answer },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function label(path: string, { request }: AdmissionReview): object {
  const labels = { ...request.object.metadata.labels, [calledLabel]: path.slice(1).replaceAll('/', '.') };
  const patch = JSON.stringify([{ op: 'add', path: '/metadata/labels', value: labels }]);
  return { patchType: 'JSONPatch', patch: Buffer.from(patch).toString('base64') };
}
