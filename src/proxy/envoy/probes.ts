import type { Probe } from '../../kubernetes.types.ts';
import type { Plan, ProxyRendering } from '../backend.ts';
import { drainPath } from './admin.ts';

type Probes = Pick<ProxyRendering, 'startupProbe' | 'readinessProbe' | 'livenessProbe'>;

/**
 * The timeout is longer than the kubelet's second: on a busy node a proxy without CPU is slow, not dead.
 * Readiness is asked often, because the pod serves only after it (Linkerd: every 10 s, Istio: 15 s).
 * Liveness ends a proxy only after a minute of silence: its restart cuts every connection of the pod.
 */
export function probes({ ports, placement, proxy }: Plan): Probes {
  const get = (path: string): Probe => ({ httpGet: { path, port: ports.admin }, timeoutSeconds: 3 });
  return {
    // Two minutes, in which the pod's other containers wait; only a native sidecar can hold them.
    ...(placement === 'native' &&
      proxy.await && { startupProbe: { ...get('/ready'), periodSeconds: 1, failureThreshold: 120 } }),
    readinessProbe: { ...get('/ready'), initialDelaySeconds: 1, periodSeconds: 5, failureThreshold: 3 },
    livenessProbe: { ...get('/live'), initialDelaySeconds: 10, periodSeconds: 10, failureThreshold: 6 },
  };
}

/**
 * The application's `Connection: close` and GOAWAY end at its own proxy, so that clients would keep connections
 * until the proxy is gone, a moment after the application. The kubelet runs this hook when the pod is told to end,
 * and ends the proxy after the application.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/753-sidecar-containers
 */
export function drainHook({ ports }: Plan): Pick<Probe, 'httpGet'> {
  return { httpGet: { path: drainPath, port: ports.admin } };
}
