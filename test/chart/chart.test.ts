import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { version } from '../../src/commands/package.ts';
import { builtInConfig } from '../../src/settings/config-schema.ts';
import { chartReadmeWithTable, readChartReadme } from '../tools/chart-readme.ts';
import { valuesSchema, valuesSchemaText } from '../tools/chart-schema.ts';
import { chartFile, readChartValues } from '../tools/chart-values.ts';

const read = (name: string) => readFileSync(chartFile(name), 'utf8');

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
}

describe('the schema of the values', () => {
  it('is made from the program’s own: node test/tools/chart-schema.ts', () => {
    expect(read('values.schema.json')).toBe(valuesSchemaText());
  });

  it('knows each key of the configuration file', () => {
    const { config } = (valuesSchema() as Schema).properties!;
    expect(Object.keys(config!.properties!)).toEqual(expect.arrayContaining(Object.keys(builtInConfig)));
  });

  it('is closed, but for what is Kubernetes’ own and for `global`', () => {
    const open = (schema: Schema, path: string): string[] => {
      if (schema.properties === undefined) return [];
      const below = Object.entries(schema.properties).flatMap(([key, child]) =>
        open(child, `${path}.${key}`),
      );
      return schema.additionalProperties === false || Object.keys(schema.properties).length === 0
        ? below
        : [path, ...below];
    };
    expect(open(valuesSchema() as Schema, '')).toEqual([]);
  });
});

describe('the values', () => {
  it('have a comment each', () => {
    const bare = readChartValues().filter(({ doc }) => !/^\S.*\.$/u.test(doc));
    expect(bare.map(({ path }) => path.join('.'))).toEqual([]);
  });

  it('below `config` are the built-in ones, so that showing them changes nothing', () => {
    const { config } = parse(read('values.yaml')) as { config: object };
    expect(builtInConfig).toMatchObject(config);
  });
});

it('the README shows the values as they are: node test/tools/chart-readme.ts', () => {
  expect(readChartReadme()).toBe(chartReadmeWithTable(readChartReadme()));
});

it('the chart installs the program of its own version', () => {
  expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version });
});
