/** The pages of docs/reference that are generated, as text by file name. */
import { join } from 'node:path';
import { cliReferencePage } from '../cli/src/reference-page.ts';
import { COMMON_SETTINGS } from '../shared/src/common-settings.ts';
import { variableOf, type SettingTable } from '../shared/src/config.ts';
import { ERROR_TABLE } from '../shared/src/errors.ts';
import { TOPICS } from '../shared/src/topics.ts';
import { readRecordPages } from './docs-records.ts';
import { serviceMetrics, serviceSettings } from './docs-services.ts';
import { code, GENERATED, table } from './markdown.ts';

const ROOT = join(import.meta.dirname, '..');

/** Every generated page. */
export async function generatedPages(): Promise<Map<string, string>> {
  return new Map([
    ['cli.md', cliReferencePage()],
    ['config.md', configPage()],
    ['errors.md', errorsPage()],
    ['metrics.md', await metricsPage()],
    ['records.md', recordsPage()],
    ['topics.md', topicsPage()],
  ]);
}

function page(title: string, intro: string, ...parts: string[]): string {
  return `${[GENERATED, `# ${title}`, intro, ...parts].join('\n\n')}\n`;
}

function configPage(): string {
  const common = new Set(Object.keys(COMMON_SETTINGS));
  const services = serviceSettings();
  const sections = [...services].map(([service, settings]) => {
    const own = Object.entries(settings).filter(([name]) => !common.has(name));
    return `## ${service}\n\n${settingTable(Object.fromEntries(own))}`;
  });
  return page(
    'Settings',
    'Services read these variables once, when they start. A malformed, missing or unknown one stops the start, with all problems in one message.',
    `## Every service\n\n${settingTable(COMMON_SETTINGS)}`,
    ...sections,
  );
}

function settingTable(settings: SettingTable): string {
  return table(
    ['setting', 'variable', 'default', 'unit', 'what it is'],
    Object.entries(settings).map(([name, { fallback, unit, doc }]) => [
      code(name),
      code(variableOf(name)),
      fallback === null ? 'must be given' : code(fallback) || '(empty)',
      unit,
      doc,
    ]),
  );
}

async function metricsPage(): Promise<string> {
  const sections = [...(await serviceMetrics())].map(
    ([service, metrics]) =>
      `## ${service}\n\n${table(
        ['metric', 'kind', 'labels', 'what it is'],
        metrics.map(({ name, kind, labels, help }) => [code(name), kind, labels.join(', '), help]),
      )}`,
  );
  return page(
    'Metrics',
    'Every service serves these on `/metrics`, beside those of the Node process. No metric has a channel, user or rule as a label.',
    ...sections,
  );
}

function errorsPage(): string {
  const rows = Object.entries(ERROR_TABLE).map(([name, { retryable, summary, hint }]) => [
    code(name),
    retryable ? 'yes' : 'no',
    summary,
    hint,
  ]);
  return page(
    'Errors',
    'Every failure that Crest makes on purpose. `code` and `retryable` are fields of the error and of its log line.',
    table(['code', 'retryable', 'what it means', 'what to do'], rows),
  );
}

function topicsPage(): string {
  const rows = Object.values(TOPICS).map(({ name, key, holds, partitions, config }) => [
    code(name),
    key,
    holds,
    partitions === 'perChannel' ? code('kafka.partitions') : String(partitions),
    Object.entries(config)
      .map(([setting, value]) => code(`${setting}=${value}`))
      .join(' '),
  ]);
  return page(
    'Topics',
    "Names stand before `kafka.topicPrefix`. The partition of a key is Kafka's own choice: murmur2 of the key, modulo the number of partitions. That number is fixed when a topic is created.",
    table(['topic', 'key', 'holds', 'partitions', 'settings'], rows),
  );
}

function recordsPage(): string {
  const pages = readRecordPages(join(ROOT, 'shared/src/records'));
  const sections = pages.map(({ file, recordType, version, doc, fields }) =>
    [
      `## ${recordType} (version ${version})`,
      doc,
      `In \`shared/src/records/${file}\`.`,
      table(
        ['field', 'type', 'what it is'],
        fields.map(({ name, type, doc: said }) => [code(name), code(type), said]),
      ),
    ].join('\n\n'),
  );
  return page(
    'Records',
    'Values are JSON with `type` and `version`. A reader sends unknown types and versions to `dead.letters` and goes on. Fields that a reader does not know are dropped.',
    ...sections,
  );
}
