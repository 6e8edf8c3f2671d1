/** How large the patch is, as JSON before base64. */
import { postReview } from './post.ts';
import type { MeasuredServer } from './servers.ts';
import { smallReview } from './reviews.ts';
import type { Row } from './table.ts';

export async function measurePatchSize(server: MeasuredServer): Promise<Row[]> {
  const plain = await patchBytes(server, smallReview());
  const withOwn = await patchBytes(server, withInitContainers(smallReview(), 3));
  return [
    {
      what: 'patch for a one-container pod',
      measured: `${plain} bytes`,
      reach: '≤ 16 KiB',
      ok: plain <= 16_384,
    },
    {
      what: 'more for three init containers of its own',
      measured: `${withOwn - plain} bytes`,
      reach: '≤ 200 bytes',
      ok: withOwn - plain <= 200,
    },
  ];
}

async function patchBytes(server: MeasuredServer, review: string): Promise<number> {
  const { response } = JSON.parse(await postReview(server.port, review)) as { response: { patch: string } };
  return Buffer.from(response.patch, 'base64').length;
}

function withInitContainers(review: string, count: number): string {
  const parsed = JSON.parse(review) as { request: { object: { spec: object } } };
  const own = Array.from({ length: count }, (_, index) => ({ name: `own-${index}`, image: 'own:1' }));
  Object.assign(parsed.request.object.spec, { initContainers: own });
  return JSON.stringify(parsed);
}
