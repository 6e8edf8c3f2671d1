import { expect, it, onTestFinished, vi } from 'vitest';
import { limitLines } from '../../src/webhook/line-limit.ts';

it('few lines are written; the others are counted, and told of once a minute and at the end', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const told: number[] = [];
  const limit = limitLines(60, (count) => told.push(count));
  const admitted = (count: number): number =>
    Array.from({ length: count }, () => limit.admits()).filter(Boolean).length;
  expect(admitted(1000)).toBe(60);
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([940]);
  expect(admitted(5)).toBe(5);
  vi.advanceTimersByTime(120_000);
  expect(told).toEqual([940]);
  admitted(61);
  limit.stop();
  expect(told).toEqual([940, 1]);
});
