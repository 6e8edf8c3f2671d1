import type { Container } from '../kubernetes.types.ts';
import type { Plan, ProxyRendering } from '../proxy/backend.ts';
import { mergeEnv } from '../settings/values/env.ts';
import { tokenMountPath, volumeNames } from './names.ts';

/** The proxy's container: what is the same for all backends around what this backend rendered. */
export function renderProxyContainer(plan: Plan, name: string, rendering: ProxyRendering): Container {
  const { proxy, uid, gid } = plan;
  const env = mergeEnv([proxy.env, rendering.env]);
  return {
    name,
    image: proxy.image,
    imagePullPolicy: plan.imagePullPolicy,
    args: rendering.args,
    ...(env.length > 0 && { env }),
    ports: rendering.ports,
    resources: proxy.resources,
    ...placementFields(plan, rendering),
    readinessProbe: rendering.readinessProbe,
    livenessProbe: rendering.livenessProbe,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsGroup: gid,
      runAsNonRoot: true,
      runAsUser: uid,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: [{ name: volumeNames.noToken, mountPath: tokenMountPath, readOnly: true }],
  };
}

/**
 * A native sidecar holds back the containers after it until its startup probe passes, and is ended by the
 * kubelet after them. A classic one can do neither: postStart delays the next container by two seconds, which is
 * the best there is without a program to run in the proxy's image, and preStop keeps it for a fixed time.
 */
function placementFields({ placement, proxy }: Plan, rendering: ProxyRendering): Partial<Container> {
  if (placement === 'native')
    return {
      restartPolicy: 'Always',
      ...(rendering.preStop !== undefined && { lifecycle: { preStop: rendering.preStop } }),
      ...(proxy.await && rendering.startupProbe !== undefined && { startupProbe: rendering.startupProbe }),
    };
  const lifecycle = {
    ...(proxy.await && { postStart: { sleep: { seconds: 2 } } }),
    ...(proxy.waitBeforeExitSeconds > 0 && { preStop: { sleep: { seconds: proxy.waitBeforeExitSeconds } } }),
  };
  return Object.keys(lifecycle).length > 0 ? { lifecycle } : {};
}
