import { expect, it } from 'vitest';
import { readmeWithTable, readReadme } from '../tools/settings-table.ts';

it('shows the settings as they are declared', () => {
  expect(readReadme()).toBe(readmeWithTable(readReadme()));
});
