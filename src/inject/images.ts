/** Which images a pod gets: an image without a version keeps the default tag, a version drops the default digest. */
import { warning, type Place, type Warning } from '../messages.ts';
import type { Backend } from '../proxy/backend.ts';
import { ofInstallation, type Setting, type Settings } from '../settings/read.ts';
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
  const fallback = chooseImage(ofInstallation(image), ofInstallation(version));
  const why = `${formatImage(chosen)} is not an image that this version was tested with`;
  return {
    image: formatImage(fallback),
    version: versionOf(fallback),
    warnings: [image, version]
      .filter(({ place }) => place === 'pod' || place === 'namespace')
      .map(({ place, key }) => warning('setting_without_effect', { place, key, why })),
  };
}

/** The proxy image that pods get which say nothing, if the backend cannot run in it. */
export function refusedImage(defaults: Settings, backend: Pick<Backend, 'acceptsImage'>): string | undefined {
  const chosen = chooseImage(defaults['proxy-image'], defaults['proxy-version']);
  return backend.acceptsImage(chosen) ? undefined : formatImage(chosen);
}

export function chooseInitImage(settings: Settings): string {
  return formatImage(chooseImage(settings['init-image'], settings['init-version']));
}

function chooseImage(image: Setting<ImageReference>, version: Setting<string>): ImageReference {
  const base = ofInstallation(image).value ?? { repository: '' };
  const { repository, ...given } = image.value ?? base;
  const hasVersion = given.tag !== undefined || given.digest !== undefined;
  const isNearer = nearness[image.place] > nearness[version.place];
  if (version.value !== null && !(hasVersion && isNearer)) return { repository, tag: version.value };
  return hasVersion
    ? { repository, ...given }
    : { repository, ...(base.tag !== undefined && { tag: base.tag }) };
}

/** A pod's image with a version of its own is not changed by the version that its namespace wants. */
const nearness: Readonly<Record<Place, number>> = { 'built-in': 0, installation: 1, namespace: 2, pod: 3 };

function versionOf({ tag, digest }: ImageReference): string {
  return tag ?? digest ?? '';
}
