import type { KubernetesClient } from './client.ts';
import { KubernetesError } from './error.ts';

export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
}

/** Managed clusters write minor versions like `35+`, so only the digits in front count. */
export async function fetchServerVersion(client: KubernetesClient): Promise<ServerVersion> {
  const { body } = await client.request('GET', '/version');
  const { major, minor } = (body ?? {}) as { major?: unknown; minor?: unknown };
  return { major: parseNumber('major', major), minor: parseNumber('minor', minor) };
}

function parseNumber(field: string, value: unknown): number {
  const digits = /^\d+/u.exec(String(value))?.[0];
  if (digits === undefined)
    throw new KubernetesError(
      'unreadable',
      `/version: ${field} "${String(value)}" does not start with a number`,
    );
  return Number(digits);
}
