import type { KeyPair } from './pki.ts';

export interface KubeconfigOptions {
  readonly url: string;
  /** PEM. */
  readonly caCertificate: string;
  readonly user: { readonly clientCertificate: KeyPair } | { readonly token: string };
}

/** The text of a kubeconfig that needs no other file. JSON, which every reader of YAML takes. */
export function renderKubeconfig({ url, caCertificate, user }: KubeconfigOptions): string {
  const credentials =
    'token' in user
      ? { token: user.token }
      : {
          'client-certificate-data': encode(user.clientCertificate.certificate),
          'client-key-data': encode(user.clientCertificate.key),
        };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'e2e', cluster: { server: url, 'certificate-authority-data': encode(caCertificate) } },
    ],
    users: [{ name: 'e2e', user: credentials }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'e2e' } }],
    'current-context': 'e2e',
  });
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
