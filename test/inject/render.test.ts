import { describe, expect, it } from 'vitest';
import { createRenderer } from '../../src/inject/render.ts';
import type { Backend, Plan } from '../../src/proxy/backend.ts';
import { envoy } from '../../src/proxy/envoy/backend.ts';
import { testPlan } from '../proxy/plan.ts';

/** The backend, counting how often it renders. */
function counted(): { backend: Backend; count: () => number } {
  let renderings = 0;
  const render = (): ReturnType<Backend['render']> => {
    renderings += 1;
    return { args: [], env: [], ports: [], readinessProbe: {}, livenessProbe: {} };
  };
  return { backend: { ...envoy, render }, count: () => renderings };
}

const versioned = (index: number): Plan => testPlan({ version: `0.${index}.0` });

describe('a renderer', () => {
  it('gives the same objects for equal plans, rendered once', () => {
    const { backend, count } = counted();
    const render = createRenderer(backend);
    expect(render(versioned(1))).toBe(render(versioned(1)));
    expect(count()).toBe(1);
  });

  it('gives different plans different hashes of 16 digits', () => {
    const render = createRenderer(counted().backend);
    const hashes = Array.from({ length: 50 }, (_, index) => render(versioned(index)).hash);
    expect(new Set(hashes).size).toBe(50);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/u);
  });

  it('keeps the hundred plans that were asked for last, so that memory does not grow', () => {
    const { backend, count } = counted();
    const render = createRenderer(backend);
    for (let index = 0; index < 100; index += 1) render(versioned(index));
    render(versioned(0));
    render(versioned(100)); // the least recently asked for, 1, has to go
    expect(count()).toBe(101);
    render(versioned(0));
    expect(count()).toBe(101);
    render(versioned(1));
    expect(count()).toBe(102);
  });

  it('gives volumes in memory, which do not pin the pod to its node', () => {
    expect(createRenderer(envoy)(testPlan()).volumes).toEqual([
      { name: 'outrigger-run', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      { name: 'outrigger-no-token', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    ]);
  });

  it('freezes what it rendered, since it is shared by many pods', () => {
    const { init, proxy } = createRenderer(envoy)(testPlan());
    for (const value of [init, proxy]) expect(Object.isFrozen(value)).toBe(true);
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
