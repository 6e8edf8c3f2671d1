/**
 * The contract between a tcpSocket probe that was rewritten and the proxy that answers it: every backend serves
 * `GET /probe/tcp/PORT` on the plan's admin port for each check of the plan, 2xx while the application accepts
 * connections on that port of the pod's address, 503 while it does not.
 */
import { isPort } from '../settings/values/port-set.ts';

/** A port that is dialled on behalf of the pod's probes. */
export interface TcpCheck {
  readonly port: number;
  /** Between two dials while the port accepts them, at least a second; while it does not, it is a second. */
  readonly intervalMs: number;
  /** After which a dial has failed. */
  readonly timeoutMs: number;
}

const prefix = '/probe/tcp/';

/** The path on the admin port that answers for a port. */
export function tcpCheckPath(port: number): string {
  return `${prefix}${port}`;
}

/** The port that a path of the admin port answers for, if it is one of `tcpCheckPath`. */
export function portOfTcpCheck(path: string | null | undefined): number | undefined {
  if (!path?.startsWith(prefix)) return undefined;
  const port = Number(path.slice(prefix.length));
  return isPort(port) && path === tcpCheckPath(port) ? port : undefined;
}
