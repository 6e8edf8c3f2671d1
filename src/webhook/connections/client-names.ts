/** Whether a client's certificate, which its authority has signed, is of a name that may come in. */
import type { TLSSocket } from 'node:tls';

/** @param names common names, or DNS names among the alternative ones */
export function isNamed(socket: TLSSocket, names: readonly string[]): boolean {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return false;
  const { CN: commonName = [] } = socket.getPeerCertificate().subject;
  return names.some(
    (name) =>
      [commonName].flat().includes(name) ||
      certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined,
  );
}
