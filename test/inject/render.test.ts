import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/inject/render.ts';
import type { Backend, Plan } from '../../src/proxy/backend.ts';
import { envoy } from '../../src/proxy/envoy/backend.ts';
import { testPlan } from '../proxy/plan.ts';

const versioned = (index: number): Plan => testPlan({ version: `0.${index}.0` });

/** A backend that asks for a text of that many characters, and how often it had to make it. */
function printing(length: number): { backend: Backend; count: () => number } {
  let made = 0;
  const render: Backend['render'] = (plan, keep) => {
    const text = keep(plan.version, () => {
      made += 1;
      return 'x'.repeat(length);
    });
    return { args: [text], env: [], ports: [], readinessProbe: {}, livenessProbe: {} };
  };
  return { backend: { ...envoy, render }, count: () => made };
}

describe('a renderer', () => {
  it('gives equal objects for equal plans, whose texts are made once', () => {
    const { backend, count } = printing(10);
    const render = createRenderer(backend);
    expect(render(versioned(1))).toEqual(render(versioned(1)));
    expect(count()).toBe(1);
  });

  it('keeps texts by what they weigh, so that memory does not grow', () => {
    const { backend, count } = printing(100_000);
    const render = createRenderer(backend);
    for (let index = 0; index < 19; index += 1) render(versioned(index));
    render(versioned(0));
    expect(count()).toBe(19);
    render(versioned(19)); // the one that was not asked for the longest, 1, has to go
    render(versioned(0));
    expect(count()).toBe(20);
    render(versioned(1));
    expect(count()).toBe(21);
  });

  it('keeps no text that weighs too much, but gives it', () => {
    const { backend, count } = printing(400_000);
    const render = createRenderer(backend);
    for (const time of [1, 2]) {
      expect(render(versioned(1)).proxy.args?.[0]).toHaveLength(400_000);
      expect(count()).toBe(time);
    }
  });

  it('gives different plans different hashes of 16 digits', () => {
    const render = createRenderer(envoy);
    const hashes = Array.from({ length: 50 }, (_, index) => render(versioned(index)).hash);
    expect(new Set(hashes).size).toBe(50);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/u);
  });

  it('gives volumes in memory, which do not pin the pod to its node', () => {
    expect(createRenderer(envoy)(testPlan()).volumes).toEqual([
      { name: 'outrigger-run', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      { name: 'outrigger-no-token', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    ]);
  });

  it.each([
    [131_071, []],
    [131_072, ['argument_too_long']],
  ])('with an argument of %d bytes finds %j', (bytes, codes) => {
    const backend: Backend = {
      ...envoy,
      // Two bytes a letter: it is bytes that count.
      render: () => ({
        args: ['é'.repeat(bytes / 2) + 'x'.repeat(bytes % 2)],
        env: [],
        ports: [],
        readinessProbe: {},
        livenessProbe: {},
      }),
    };
    expect(createRenderer(backend)(testPlan()).problems.map(({ code }) => code)).toEqual(codes);
  });
});
