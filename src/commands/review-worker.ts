/** The worker for large reviews: a program of its own, beside the main one. */
import { parentPort, workerData } from 'node:worker_threads';
import { envoy } from '../proxy/envoy/backend.ts';
import { readValues } from '../settings/config-values.ts';
import { answerReviews } from '../webhook/large/answer-reviews.ts';
import { webhookContext } from './context.ts';
import type { WorkerData } from './worker-file.ts';

const { config, ownNamespace } = workerData as WorkerData;
const installation = readValues(config, envoy.defaults);
if (parentPort === null || !installation.ok) throw new TypeError('this is started by the webhook only');
const fixed = webhookContext(installation.value, ownNamespace);
answerReviews(parentPort, (cluster) => ({ ...fixed, cluster }));
