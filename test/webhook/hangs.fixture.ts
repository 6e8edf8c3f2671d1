/** A worker that says that it is ready, and does with a review what its data says. */
import { parentPort as port, workerData } from 'node:worker_threads';

const { does } = workerData as { readonly does: 'hang' | 'fill' | 'end' | 'throw' };

port?.on('message', () => {
  if (does === 'end') process.exit(3);
  if (does === 'throw') throw new Error('thrown in the worker');
  const kept: string[][] = [];
  for (;;) if (does === 'fill') kept.push(Array.from({ length: 1000 }, (_, index) => `${index}`.repeat(9)));
});
port?.postMessage({ kind: 'ready' });
