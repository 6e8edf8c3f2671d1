/** The answers to requests that are refused before their body is looked at, or because of what Fastify says of them. */
import type { FastifyError } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { pathOf, paths } from './paths.ts';
import { badRequest, failed, type Response } from './respond.ts';

/** What can be said of a request by its first lines alone. */
export function refusalOf(
  { url = '', headers, httpVersion }: IncomingMessage,
  is404: boolean,
): Response | undefined {
  if (is404) return notFound(url);
  if (headers.host === undefined && httpVersion === '1.1') return badRequest('the Host header is missing');
  return undefined;
}

export function notFound(url: string): Response {
  return pathOf(url) !== 'other'
    ? badRequest('the method is not POST', 405)
    : badRequest(`no such path; there are ${paths.join(', ')}`, 404);
}

export function responseTo(error: FastifyError): Response {
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return badRequest('the content type is not application/json', 415);
  const isClients = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return isClients ? badRequest('the request cannot be read') : failed(error);
}
