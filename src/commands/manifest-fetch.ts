/** A manifest from an `https://` address. */
import { OutriggerError } from '../errors.ts';

const timeoutMs = 30_000;
const mostRedirects = 5;

/** @throws OutriggerError `file` for every answer but 200, and for a redirect to anything but https */
export async function fetchManifest(address: string): Promise<AsyncIterable<Uint8Array>> {
  let url = address;
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const response = await get(url, address);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null)
      return bodyOf(response, address);
    url = new URL(location, url).href;
    if (!url.startsWith('https://'))
      throw new OutriggerError('file', `${address}: it redirects to ${url}, which is not https`);
  }
  throw new OutriggerError('file', `${address}: more than ${mostRedirects} redirects`);
}

async function get(url: string, address: string): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    const { cause, message } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new OutriggerError('file', `${address}: ${reason}`, { cause: error });
  }
}

function bodyOf(response: Response, address: string): AsyncIterable<Uint8Array> {
  if (response.status !== 200 || response.body === null)
    throw new OutriggerError(
      'file',
      `${address}: the server answers ${response.status} ${response.statusText}`.trimEnd(),
    );
  return response.body;
}
