/** Which images a pod gets: an image without a version keeps the default tag, a version drops the default digest. */
import { warning, type Warning } from '../messages.ts';
import type { Setting, Settings } from '../settings/read.ts';
import { formatImage, type ImageReference } from '../settings/values/image.ts';

export interface ChosenImage {
  readonly image: string;
  /** For the pod's `proxy-version` annotation. */
  readonly version: string;
  readonly warnings: readonly Warning[];
}

/** @param accepts false for an image that the backend's configuration would not run in: it has no effect, and is warned of */
export function chooseProxyImage(
  settings: Settings,
  accepts: (image: ImageReference) => boolean,
): ChosenImage {
  const image = settings['proxy-image'];
  const version = settings['proxy-version'];
  const chosen = chooseImage(image, version);
  if (accepts(chosen)) return { image: formatImage(chosen), version: versionOf(chosen), warnings: [] };
  const fallback = installationDefault(image);
  const why = `${formatImage(chosen)} is not an image that this version was tested with`;
  return {
    image: formatImage(fallback),
    version: versionOf(fallback),
    warnings: [image, version]
      .filter(({ place }) => place === 'pod' || place === 'namespace')
      .map(({ place, key }) => warning('setting_without_effect', { place, key, why })),
  };
}

export function chooseInitImage(settings: Settings): string {
  return formatImage(chooseImage(settings['init-image'], settings['init-version']));
}

function chooseImage(image: Setting<ImageReference>, version: Setting<string>): ImageReference {
  const base = installationDefault(image);
  const { repository, ...given } = image.value ?? base;
  if (version.value !== null) return { repository, tag: version.value };
  const hasVersion = given.tag !== undefined || given.digest !== undefined;
  return hasVersion
    ? { repository, ...given }
    : { repository, ...(base.tag !== undefined && { tag: base.tag }) };
}

/** The value that stands without the annotations of pod and namespace. */
function installationDefault(setting: Setting<ImageReference>): ImageReference {
  const isAnnotation = setting.place === 'pod' || setting.place === 'namespace';
  if (isAnnotation && setting.overrides) return installationDefault(setting.overrides);
  return setting.value ?? { repository: '' };
}

function versionOf({ tag, digest }: ImageReference): string {
  return tag ?? digest ?? '';
}
