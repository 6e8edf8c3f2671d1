/** Clients that have to show a certificate. */
import type { Server, TLSSocket } from 'node:tls';

export interface Clients {
  /** PEM. */
  readonly ca: string;
  /** Common names or DNS names, one of which the certificate has to have; all, if there is none here. */
  readonly names: readonly string[];
  /** One was refused. */
  readonly onRefused: (why: string) => void;
}

/** The handshake itself refuses those of another authority; the name is looked at before anything is read. */
export function refuseClients(server: Server, { names, onRefused }: Clients): void {
  server.on('tlsClientError', ({ message }) => onRefused(message));
  server.prependListener('secureConnection', (socket) => {
    if (names.length === 0 || isNamed(socket, names)) return;
    socket.destroy();
    onRefused(`its certificate is of none of the names ${names.join(', ')}`);
  });
}

/** @param names common names, or DNS names among the alternative ones */
function isNamed(socket: TLSSocket, names: readonly string[]): boolean {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return false;
  const { CN: commonName = [] } = socket.getPeerCertificate().subject;
  return names.some(
    (name) =>
      [commonName].flat().includes(name) ||
      certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined,
  );
}
