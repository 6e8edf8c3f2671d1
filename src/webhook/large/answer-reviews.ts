/** The worker's side: one review after the other, each in two steps, as it is computed on the main thread. */
import type { MessagePort } from 'node:worker_threads';
import type { ClusterFacts, InjectContext } from '../../inject/context.ts';
import { beginReview, type Begun } from '../paths.ts';
import type { Pending, Reviewed } from '../reviewed.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** @param contextOf the context of a moment's facts about the cluster */
export function answerReviews(port: MessagePort, contextOf: (cluster: ClusterFacts) => InjectContext): void {
  const send = (message: FromWorker): void => port.postMessage(message);
  let begun: Begun | undefined;

  const reviewed = (result: Reviewed): void => {
    if (begun) send({ kind: 'reviewed', head: begun.head, reviewed: result });
    begun = undefined;
  };
  const takeStep = (step: Reviewed | Pending): void => {
    if ('response' in step) reviewed(step);
    else send({ kind: 'wants', wants: step.wants });
  };
  const handle = (message: ToWorker): void => {
    if (message.kind === 'begin') {
      const { buffer, byteLength } = message.bytes;
      begun = beginReview(message.path, Buffer.from(buffer, 0, byteLength).toString('utf8'));
      takeStep(begun.step);
    } else if (begun && 'answer' in begun.step) {
      reviewed(begun.step.answer(message.namespace, contextOf(message.cluster)));
    }
  };
  port.on('message', (message: ToWorker) => {
    try {
      handle(message);
    } catch (error) {
      begun = undefined;
      send({ kind: 'failed', error });
    }
  });
  send({ kind: 'ready' });
}
