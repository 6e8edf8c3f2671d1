/**
 * Follows a collection of the API server: a list, then a watch from its version, for ever.
 *
 * | What happens | Then |
 * | --- | --- |
 * | the watch ends, breaks or falls silent | watch again from the last version seen, bookmarks included |
 * | 410 (HTTP status or ERROR event), 504, any other ERROR event | list again: the version is too old, or from a future that a restored etcd does not know |
 * | a bookmark that is older than the version we are at | list again: etcd was restored |
 * | anything else fails | the same again |
 *
 * Before each of them a back-off, which starts anew once a watch has delivered something or lived long.
 * Protocol: Kubernetes API concepts, "Efficient detection of changes", "Retrieving large results sets in chunks".
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createBackoff } from './backoff.ts';
import type { KubernetesClient } from './client.ts';
import { hasStatus, messageOf } from './error.ts';
import type { Log } from './log.ts';
import { isOlder } from './resource-version.ts';

export interface ListWatchTimings {
  /** For one page of the list. */
  readonly listTimeoutMs: number;
  /** Silence of a watch after which it counts as dead; bookmarks come once in one or two minutes. */
  readonly idleMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
}

/** The metadata that a PartialObjectMetadata has. */
export interface ObjectMetadata {
  readonly name: string;
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ListWatchOptions<T> extends ListWatchTimings {
  readonly client: KubernetesClient;
  /** Of the collection, `/api/v1/namespaces`. */
  readonly path: string;
  /** Of the objects, `metadata.name=NAME`. A right to one object by name covers list and watch of it only so. */
  readonly fieldSelector?: string;
  /** Called page by page, so that only what is kept of an object outlives its page. */
  readonly compact: (metadata: ObjectMetadata) => T;
  readonly replace: (items: readonly T[], version: string) => void;
  readonly put: (item: T) => void;
  readonly remove: (metadata: ObjectMetadata) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** How far we are; undefined where a list has to come first. */
interface Position {
  version: string | undefined;
}

/** The pages of client-go's reflector. */
const pageSize = 500;
const accept = (kind: string) => `application/json;as=${kind};v=v1;g=meta.k8s.io,application/json`;

/** Runs until the signal; never throws. */
export async function runListWatch<T>(options: ListWatchOptions<T>): Promise<void> {
  const { signal, log, path, backoffMinMs, backoffMaxMs } = options;
  const backoff = createBackoff(backoffMinMs, backoffMaxMs);
  const position: Position = { version: undefined };
  while (!signal.aborted) {
    const startedMs = Date.now();
    let hasProgress = false;
    let failure: unknown;
    try {
      position.version ??= await list(options);
      for await (const version of watch(options, position)) {
        hasProgress = true;
        position.version = version;
      }
    } catch (error) {
      if (hasStatus(error, 410, 504)) position.version = undefined;
      failure = error;
    }
    if (signal.aborted) return;
    if (hasProgress || Date.now() - startedMs > backoffMaxMs) backoff.reset();
    const delayMs = Math.round(backoff.next());
    if (failure === undefined) log('debug', { path, delayMs }, 'watch ended');
    else log('warn', { path, delayMs, error: messageOf(failure) }, 'list or watch failed');
    await sleep(delayMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** @returns the version to watch from */
async function list<T>(options: ListWatchOptions<T>): Promise<string> {
  const { client, path, compact, replace, signal, listTimeoutMs } = options;
  const items: T[] = [];
  let token = '';
  for (;;) {
    const query = new URLSearchParams({
      ...selection(options),
      limit: String(pageSize),
      ...(token === '' ? {} : { continue: token }),
    });
    const { body } = await client.request('GET', `${path}?${query.toString()}`, {
      accept: accept('PartialObjectMetadataList'),
      timeoutMs: listTimeoutMs,
      signal,
    });
    const page = body as ListPage;
    for (const { metadata } of page.items ?? []) items.push(compact(metadata));
    token = page.metadata.continue ?? '';
    if (token !== '') continue;
    replace(items, page.metadata.resourceVersion);
    return page.metadata.resourceVersion;
  }
}

/** Yields the version after each event. Takes the position's version away where a list has to come first. */
async function* watch<T>(options: ListWatchOptions<T>, position: Position): AsyncGenerator<string, void> {
  const { client, path, signal, idleMs, log } = options;
  const from = position.version ?? '';
  const query = new URLSearchParams({
    ...selection(options),
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: from,
  });
  const settings = { accept: accept('PartialObjectMetadata'), signal, idleMs };
  for await (const line of client.stream(`${path}?${query.toString()}`, settings)) {
    const event = line as WatchEvent;
    if (event.type === 'ERROR' || isRewound(event, position)) {
      log('info', { path, code: event.object.code, type: event.type }, 'watch cannot go on: listing again');
      position.version = undefined;
      return;
    }
    deliver(event, options);
    yield event.object.metadata.resourceVersion;
  }
}

function selection<T>({ fieldSelector }: ListWatchOptions<T>): { readonly fieldSelector?: string } {
  return fieldSelector === undefined ? {} : { fieldSelector };
}

function isRewound({ type, object }: WatchEvent, { version }: Position): boolean {
  return type === 'BOOKMARK' && version !== undefined && isOlder(object.metadata.resourceVersion, version);
}

function deliver<T>({ type, object }: WatchEvent, { compact, put, remove }: ListWatchOptions<T>): void {
  if (type === 'ADDED' || type === 'MODIFIED') put(compact(object.metadata));
  else if (type === 'DELETED') remove(object.metadata);
}

interface ListPage {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly { readonly metadata: ObjectMetadata }[] | null;
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  /** A metav1 Status, with `code`, where the type is ERROR. */
  readonly object: { readonly metadata: ObjectMetadata; readonly code?: number };
}
