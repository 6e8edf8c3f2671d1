import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { sendHttp, type HttpText } from './http-text.ts';

/** The API server as administrator, on connections that stay: for loads that kubectl is too slow for. */
export interface AdminApi {
  send(method: string, path: string, json?: unknown): Promise<HttpText>;
  close(): void;
}

interface Kubeconfig {
  readonly users: readonly [{ readonly user: Readonly<Record<string, string>> }];
}

export async function createAdminApi(cp: ControlPlane): Promise<AdminApi> {
  const { users } = JSON.parse(await readFile(cp.kubeconfig, 'utf8')) as Kubeconfig;
  const decode = (field: string): Buffer => Buffer.from(users[0].user[field] ?? '', 'base64');
  const agent = new Agent({
    keepAlive: true,
    ca: cp.ca.certificate,
    cert: decode('client-certificate-data'),
    key: decode('client-key-data'),
  });
  return {
    send: (method, path, json) => sendHttp(cp.url + path, { method, agent, json }),
    close: () => agent.destroy(),
  };
}
