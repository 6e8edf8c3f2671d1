/**
 * Bodies that once stopped, filled or blinded the webhook. Each file in `found/` is the object of a review: what the
 * fuzzer finds is put there. Every one is answered within the table, and the next good review as well.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { podReview } from '../webhook/reviews.ts';
import { post, startWebhook } from '../webhook/webhook-server.ts';
import { faultIn } from './check-answer.ts';

const folder = new URL('found/', import.meta.url);

it.each(readdirSync(folder))('%s is answered, and so is the next pod', async (name) => {
  const webhook = await startWebhook();
  const object = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as unknown;
  for (const path of ['/mutate', '/mutate/labelled', '/advise']) {
    const { status, text } = await post(webhook, path, podReview(object));
    expect(faultIn(status, text)).toBeUndefined();
  }
  expect((await post(webhook, '/mutate', podReview())).status).toBe(200);
  expect(webhook.errors).toEqual([]);
});
