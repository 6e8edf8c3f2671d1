/** The namespace that the program itself runs in. */
import { readFile } from 'node:fs/promises';

/** Where the kubelet writes the namespace of a pod's service account. */
const file = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/**
 * @param given by a flag, which counts before the pod's service account
 * @returns undefined outside of a pod
 */
export async function findOwnNamespace(given?: string): Promise<string | undefined> {
  if (given !== undefined) return given;
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}
