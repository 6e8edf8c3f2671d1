import { bad, ok, quote, type ValueType } from './result.ts';

/** A container image reference, in parts. */
export interface ImageReference {
  /** Registry and path, such as `ghcr.io/linkerd/proxy-init`. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

const tagForm = /^\w[\w.-]{0,127}$/u;

// The grammar of distribution/reference: an optional host with port, then path components.
const imageForm =
  /^((?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[a-f0-9]{64}))?$/u;

export function parseImage(text: string): ImageReference | undefined {
  const match = text.length > 512 ? null : imageForm.exec(text);
  if (!match?.[1]) return undefined;
  const [, repository, tag, digest] = match;
  return { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

export function formatImage({ repository, tag, digest }: ImageReference): string {
  return `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

export const imageType: ValueType<ImageReference> = {
  name: 'image',
  parse(text) {
    const image = parseImage(text.trim());
    return image
      ? ok(image)
      : bad(`${quote(text)} is not an image; write repository, repository:tag or repository@sha256:digest`);
  },
};

export const imageTagType: ValueType<string> = {
  name: 'image tag',
  parse(text) {
    return tagForm.test(text.trim())
      ? ok(text.trim())
      : bad(
          `${quote(text)} is not an image tag; allowed are up to 128 letters, digits, dots, dashes and underscores`,
        );
  },
};
