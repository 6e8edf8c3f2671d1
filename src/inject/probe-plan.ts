/** Which probes are rewritten, what the proxy has to answer for, and what the author has to be told. */
import type { Pod } from '../kubernetes.types.ts';
import { maxWarnings, warning, type Warning } from '../messages.ts';
import type { Plan } from '../proxy/backend.ts';
import { tcpCheckPath, type TcpCheck } from '../proxy/tcp-check.ts';
import type { Manifest } from './manifest.ts';
import { placeOf } from './rewrite-probes.ts';
import { tcpChecksFor } from './tcp-checks.ts';
import { askingProbesOf, tcpProbesOf, type TcpProbe } from './tcp-probes.ts';

export interface PlannedProbes {
  readonly probes: readonly TcpProbe[];
  readonly tcpChecks: readonly TcpCheck[];
  readonly warnings: readonly Warning[];
}

/**
 * Where text is only inserted no probe is rewritten: its author is warned instead, and those that the webhook has
 * rewritten stay.
 * @param pod the pod as it was before Outrigger first touched it
 * @param before what it carries of rewritten probes
 */
export function planProbes(
  pod: Pod,
  plan: Plan,
  keepsProbes: boolean,
  before: Manifest['probes'] | undefined,
): PlannedProbes {
  const found = tcpProbesOf(pod, plan);
  const rewritten = new Set(
    (before?.tcp ?? []).map(([container, field, port]) => placeOf(container, field, port)),
  );
  const isRewritten = ({ container, field, port }: TcpProbe): boolean =>
    !keepsProbes || (before?.admin === plan.ports.admin && rewritten.has(placeOf(container, field, port)));
  const probes = found.filter(isRewritten);
  const kept = found.filter((probe) => !isRewritten(probe));
  return {
    probes,
    tcpChecks: tcpChecksFor([...probes, ...askingProbesOf(pod, plan)]),
    warnings: kept.slice(0, maxWarnings).map((probe) => passesAlways(probe, plan.ports.admin)),
  };
}

function passesAlways({ container, field: probe, port }: TcpProbe, admin: number): Warning {
  return warning('tcp_probe_passes', { container, probe, port, path: tcpCheckPath(port), admin });
}
