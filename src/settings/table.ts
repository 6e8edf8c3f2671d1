/**
 * The settings: one row each, and the row is the only declaration. The type `Settings`, the annotation's keys,
 * the flags of the command line, the documentation and the schema of the configuration file are derived from it.
 * A new setting changes two files: its row here, and the renderer that uses it.
 */
import { durationType } from './values/duration.ts';
import { envType } from './values/env.ts';
import { imageTagType, imageType } from './values/image.ts';
import { logLevelType } from './values/log-level.ts';
import { portListType, portType } from './values/port-list.ts';
import { quantityType } from './values/quantity.ts';
import type { ValueType } from './values/result.ts';
import {
  booleanOrAutoType,
  booleanType,
  idType,
  oneOf,
  secondsType,
  subnetListType,
} from './values/scalars.ts';

export interface Row<T> {
  readonly type: ValueType<T>;
  /** The built-in default in the annotation's own syntax; null where there is none. */
  readonly default: string | null;
  /** `pod`: of no effect on a namespace. */
  readonly scope: 'namespace and pod' | 'pod';
  /** Other keys that mean the same, in full below the domain's name. */
  readonly aliases: readonly string[];
  /** One sentence for documentation and help. */
  readonly doc: string;
}

interface RowOptions {
  readonly default?: string;
  readonly scope?: 'pod';
  readonly aliases?: readonly string[];
  readonly doc: string;
}

function row<T>(type: ValueType<T>, options: RowOptions): Row<T> {
  return {
    type,
    default: options.default ?? null,
    scope: options.scope ?? 'namespace and pod',
    aliases: options.aliases ?? [],
    doc: options.doc,
  };
}

const accessLog = oneOf(['off', 'apache', 'json']);

/** Linkerd reads an empty text as none. */
const accessLogType: typeof accessLog = {
  ...accessLog,
  parse: (text) => accessLog.parse(text.trim() === '' ? 'off' : text),
};

const connectTimeout = durationType({ minMs: 1, maxMs: 3_600_000 });

export const settingsTable = {
  'skip-inbound-ports': row(portListType({ names: true }), {
    default: '',
    doc: 'Container ports whose incoming connections go straight to the application, which then sees the real client address',
  }),
  'skip-outbound-ports': row(portListType({ names: false }), {
    default: '',
    doc: 'Ports of other services that are dialled directly, around the proxy',
  }),
  'opaque-ports': row(portListType({ names: true }), {
    default: '',
    doc: 'Ports proxied as plain TCP without waiting for the client to speak; outgoing, they add to the default',
  }),
  'skip-subnets': row(subnetListType, {
    default: '',
    doc: 'Connections from these IPv4 subnets go straight to the application',
  }),
  'inbound-port': row(portType, { default: '4143', doc: "The proxy's port for incoming connections" }),
  'outbound-port': row(portType, { default: '4140', doc: "The proxy's port for outgoing connections" }),
  'admin-port': row(portType, {
    default: '4191',
    doc: "The proxy's port for metrics, readiness and rewritten `tcpSocket` probes",
  }),
  'control-port': row(portType, { default: '4190', doc: 'Kept free, never redirected' }),
  'proxy-image': row(imageType, {
    default: 'envoyproxy/envoy:distroless-v1.40.0',
    doc: "The proxy's image; without a version it keeps the default one",
  }),
  'proxy-version': row(imageTagType, { doc: "The tag of the proxy's image" }),
  'image-pull-policy': row(oneOf(['Always', 'IfNotPresent', 'Never']), {
    default: 'IfNotPresent',
    doc: 'When the images of both containers are pulled',
  }),
  'init-image': row(imageType, {
    default: 'ghcr.io/linkerd/proxy-init:v2.4.9',
    doc: "The init container's image; without a version it keeps the default one",
  }),
  'init-version': row(imageTagType, {
    aliases: ['config/init-image-version'],
    doc: "The tag of the init container's image",
  }),
  'proxy-cpu-request': row(quantityType, { default: '20m', doc: 'CPU that the proxy requests' }),
  'proxy-cpu-limit': row(quantityType, {
    doc: 'CPU that the proxy may use; rounded up, it is also the number of its worker threads (1 to 4)',
  }),
  'proxy-memory-request': row(quantityType, { default: '40Mi', doc: 'Memory that the proxy requests' }),
  'proxy-memory-limit': row(quantityType, {
    doc: 'Memory that the proxy may use, at least 64Mi; it also limits the number of its connections',
  }),
  'proxy-ephemeral-storage-request': row(quantityType, { doc: 'Ephemeral storage that the proxy requests' }),
  'proxy-ephemeral-storage-limit': row(quantityType, { doc: 'Ephemeral storage that the proxy may use' }),
  'proxy-uid': row(idType({ minusOneIsDefault: false }), {
    default: '2102',
    doc: 'The user that the proxy runs as; no other container may run as it',
  }),
  'proxy-gid': row(idType({ minusOneIsDefault: true }), {
    default: '2102',
    doc: 'The group that the proxy runs as',
  }),
  'proxy-log-level': row(logLevelType, { default: 'warn', doc: "The proxy's log level" }),
  'proxy-log-format': row(oneOf(['plain', 'json']), { default: 'plain', doc: "The form of the proxy's log" }),
  'access-log': row(accessLogType, {
    default: 'off',
    doc: "One line per HTTP request in the proxy's log",
  }),
  'proxy-outbound-connect-timeout': row(connectTimeout, {
    default: '10s',
    doc: 'How long dialling another service may take',
  }),
  'proxy-inbound-connect-timeout': row(connectTimeout, {
    default: '10s',
    doc: 'How long dialling the application may take',
  }),
  'detect-timeout': row(durationType({ minMs: 100, maxMs: 60_000 }), {
    default: '3s',
    doc: "How long to wait for a client's first bytes before proxying as plain TCP",
  }),
  'proxy-disable-inbound-protocol-detect-timeout': row(booleanType, {
    default: 'false',
    doc: "Wait for ever for an incoming client's first bytes",
  }),
  'proxy-disable-outbound-protocol-detect-timeout': row(booleanType, {
    default: 'false',
    doc: "Wait for ever for an outgoing client's first bytes",
  }),
  'proxy-enable-native-sidecar': row(booleanOrAutoType, {
    default: 'auto',
    aliases: ['config.alpha/proxy-enable-native-sidecar', 'config.beta/proxy-enable-native-sidecar'],
    doc: 'Run the proxy as a restartable init container; auto: where the API server is 1.32 or newer',
  }),
  'proxy-await': row(oneOf(['enabled', 'disabled']), {
    default: 'enabled',
    doc: 'The application starts only when the proxy is ready',
  }),
  'proxy-wait-before-exit-seconds': row(secondsType, {
    default: '0',
    aliases: ['config.alpha/proxy-wait-before-exit-seconds'],
    doc: 'How long a classic (not native) proxy stays after the pod is told to end',
  }),
  'close-wait-timeout': row(durationType({ minMs: 1000, maxMs: 24 * 3_600_000 }), {
    scope: 'pod',
    doc: "The kernel's conntrack timeout in CLOSE_WAIT; needs init.runAsRoot",
  }),
  'proxy-additional-env': row(envType, {
    doc: 'More environment variables for the proxy; lists of namespace and pod are merged by name',
  }),
} as const;

export type SettingKey = keyof typeof settingsTable;

export type ValueOf<K extends SettingKey> = (typeof settingsTable)[K] extends Row<infer T> ? T : never;

export const settingKeys = Object.keys(settingsTable) as readonly SettingKey[];

/** The row of a key that is known only at run time. */
export function rowOf(key: SettingKey): Row<unknown> {
  return settingsTable[key];
}

/**
 * What a container of ours is limited to where the pod leaves no choice: a Guaranteed pod, or a pod whose own
 * containers all have a limit, which is how people live with a ResourceQuota.
 */
export const fallbackLimits = { cpu: '500m', memory: '256Mi', 'ephemeral-storage': '64Mi' } as const;
