/** From a rendering to what this pod gets: with what others changed meanwhile, and what is written down about it. */
import type { Container } from '../kubernetes.types.ts';
import type { Settings } from '../settings/read.ts';
import type { SettingKey } from '../settings/table.ts';
import type { Injection } from './apply.ts';
import type { InjectContext } from './context.ts';
import { isLocked, type Ours } from './locked.ts';
import type { Written } from './manifest.ts';
import { defaultContainerAnnotation, volumeNames } from './names.ts';
import type { Planned, Previous } from './plan.ts';
import type { Rendering } from './render.ts';
import { writtenProbes } from './rewrite-probes.ts';

/** @param previous what the pod carries of ours from an earlier call, or null */
export function injectionOf(
  { plan, probes, wanted, proxyVersion }: Planned,
  rendering: Rendering,
  settings: Settings,
  previous: Previous | null,
  context: InjectContext,
): Injection {
  const { origin, version, installation } = context;
  const written = writtenProbes(probes, plan.ports.admin);
  return {
    placement: plan.placement,
    init: withForeignChanges('init', rendering, previous, installation.locked),
    proxy: withForeignChanges('proxy', rendering, previous, installation.locked),
    volumes: rendering.volumes,
    pullSecrets: installation.config.images.pullSecrets,
    annotations: {
      createdBy: `outrigger/${origin} ${version}`,
      proxyVersion,
      copied: namespaceTexts(settings),
      formerDefaultContainer: previous?.manifest.added?.[defaultContainerAnnotation],
    },
    manifest: {
      v: 1,
      by: origin,
      plan: rendering.hash,
      init: writtenContainer(rendering.init, wanted.init),
      proxy: writtenContainer(rendering.proxy, wanted.proxy),
      ...(written && { probes: written }),
    },
  };
}

/** Settings of the namespace that took effect, with their literal text. */
function namespaceTexts(settings: Settings): Record<string, string> {
  return Object.fromEntries(
    Object.values(settings)
      .filter(({ place }) => place === 'namespace')
      .map(({ key, text }) => [key, text]),
  );
}

function writtenContainer(container: Container, { requests, limits }: Planned['wanted']['init']): Written {
  return {
    image: container.image ?? '',
    pull: container.imagePullPolicy ?? '',
    ...(container.env && { env: container.env.map(({ name }) => name) }),
    ...(requests && { requests }),
    ...(limits && { limits }),
  };
}

const ourVolumes: ReadonlySet<string> = new Set(Object.values(volumeNames));

/** Image, pull policy, variables and mounts that others set on our container since the last time stay, unless locked. */
function withForeignChanges(
  ours: Ours,
  { [ours]: rendered }: Rendering,
  previous: Previous | null,
  locked: ReadonlySet<SettingKey>,
): Container {
  const current = previous?.[ours];
  const before = previous?.manifest[ours];
  if (!current || !before) return rendered;
  const known = new Set([...(before.env ?? []), ...(rendered.env ?? []).map(({ name }) => name)]);
  const env = (current.env ?? []).filter(({ name }) => !known.has(name));
  const mounts = (current.volumeMounts ?? []).filter(({ name }) => !ourVolumes.has(name));
  const stays = (field: 'image' | 'imagePullPolicy', written: string): boolean =>
    Boolean(current[field]) && current[field] !== written && !isLocked(ours, field, locked);
  return {
    ...rendered,
    ...(stays('image', before.image) && { image: current.image }),
    ...(stays('imagePullPolicy', before.pull) && { imagePullPolicy: current.imagePullPolicy }),
    ...(env.length > 0 && !isLocked(ours, 'env', locked) && { env: [...(rendered.env ?? []), ...env] }),
    ...(mounts.length > 0 && { volumeMounts: [...(rendered.volumeMounts ?? []), ...mounts] }),
  };
}
