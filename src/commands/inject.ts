/** `outrigger inject`: annotates pod templates, or writes the containers into them. */
import { annotateNamespace, annotateWorkload } from '../manifests/annotate.ts';
import type { Manifest } from '../manifests/parse.ts';
import { rewriteManifest, type Finding, type Rewritten } from '../manifests/rewrite.ts';
import { writeInto } from '../manifests/write-in.ts';
import type { Command } from './command.ts';
import { describeFlags, parseArguments } from './flags.ts';
import { createLocalContext, renderNothing } from './local-context.ts';
import { chooseOutput, manifestFlags, noInput } from './manifest-flags.ts';
import { findSources } from './manifest-sources.ts';
import { failureIn, objectAt, rewriteManifests } from './rewrite-manifests.ts';
import { settingFlags, settingsFrom } from './setting-flags.ts';

const ownFlags = {
  ...manifestFlags,
  manual: { doc: 'write the proxy itself into the templates, for a cluster without the webhook' },
  'allow-skipped': { doc: 'pass what cannot be injected, instead of failing' },
} as const;

const flags = { ...ownFlags, ...settingFlags };

export const inject: Command = {
  flags,
  help: [
    'outrigger inject [FILE|FOLDER|https://…|-]… annotates the pod templates in manifests, so that the webhook gives',
    'their pods a proxy. It inserts lines and changes nothing else; the result goes to stdout, a report to stderr.',
    '',
    describeFlags(ownFlags),
    '',
    'Settings, each an annotation of its own:',
    describeFlags(settingFlags),
    '',
    'Examples:',
    '  outrigger inject deployment.yml | kubectl apply -f -',
    '  outrigger inject deployment.yml --skip-outbound-ports=4406 | kubectl apply -f -',
    '  kubectl get deployment web -o yaml | outrigger inject - --opaque-ports=default,5672 | kubectl apply -f -',
    '  outrigger inject --diff manifests/',
    '  outrigger inject --manual pod.yaml',
  ].join('\n'),
  async run(argv, terminal) {
    const { values, words } = parseArguments(flags, argv);
    const settings = settingsFrom(values);
    const output = await chooseOutput(values, terminal);
    const sources = await findSources(words, terminal.stdin ?? noInput());
    const context = values.manual
      ? { ...(await createLocalContext(values.config)), keepsProbes: true }
      : await createLocalContext(values.config, renderNothing);
    const rewrite = (manifest: Manifest): Rewritten =>
      values.manual
        ? writeInto(manifest, { context, settings })
        : rewriteManifest(manifest, {
            change: (of, target) =>
              (target.type === 'namespace' ? annotateNamespace : annotateWorkload)(of, target, {
                context,
                settings,
              }),
          });
    const wayOut = `annotate its pod template with ${context.installation.keys.inject}: disabled, or use --allow-skipped`;
    const errorIn = (finding: Finding): string | undefined =>
      finding.verdict === 'skipped' && values['allow-skipped'] !== true
        ? `${objectAt(finding)} cannot be injected: ${finding.details.join('; ')}; ${wayOut}`
        : failureIn(finding);
    const isQuiet = values.quiet === true;
    await rewriteManifests({ sources, rewrite, output, reportOn, errorIn, isQuiet }, terminal);
    return undefined;
  },
};

function reportOn(finding: Finding): string {
  const { verdict, details } = finding;
  const why = details.length === 0 ? '' : `: ${details.join(', ')}`;
  return `${objectAt(finding)} ${verdictWords[verdict]}${why}`;
}

const verdictWords: Readonly<Record<Finding['verdict'], string>> = {
  annotated: 'annotated',
  injected: 'injected',
  uninjected: 'uninjected',
  unchanged: 'unchanged',
  passed: 'left alone',
  skipped: 'skipped',
  failed: 'failed',
};
