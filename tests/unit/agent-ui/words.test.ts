import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage';
import { describe, expect, it } from 'vitest';
import { en, hasWords, reasonText, ru, setLanguage, t } from '../../../agent-ui/src/ui/words.ts';
import { outcomes } from '../../../server/calls/outcome.ts';
import { callDirections } from '../../../server/calls/schema.ts';
import { campaignModes, campaignStates, purposes } from '../../../server/campaigns/schema.ts';
import { timelineEntrySchema } from '../../../server/customers/schema.ts';
import { agentStates, callPhases, pauseReasons } from '../../../server/live/schema.ts';
import { recordingPurposes } from '../../../server/recordings/schema.ts';
import { roles } from '../../../server/users/schema.ts';

/** Every source file below these folders, as one text. */
function sourceOf(...folders: string[]): string {
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(folder, name), 'utf8')),
    )
    .join('\n');
}

/** The `{name}`s of an ICU message, at any depth. */
function valuesOf(text: string): string[] {
  const names = new Set<string>();
  const walk = (tokens: unknown): void => {
    if (!Array.isArray(tokens)) {
      if (tokens !== null && typeof tokens === 'object') for (const part of Object.values(tokens)) walk(part);
      return;
    }
    for (const token of tokens) {
      if (Array.isArray(token)) {
        names.add(String(token[0]));
        walk(token[2]);
      }
    }
  };
  walk(compileMessageOrThrow(text));
  return [...names].sort();
}

const keys = Object.keys(ru) as (keyof typeof ru)[];

describe('words', () => {
  it('are there in both languages, key for key', () => {
    expect(Object.keys(en).sort()).toEqual([...keys].sort());
  });

  it('take the same values in both languages', () => {
    for (const key of keys) expect([key, valuesOf(en[key]!)]).toEqual([key, valuesOf(ru[key])]);
  });

  it('exist for every state, phase, outcome and kind of the contracts', () => {
    const wanted = [
      ...agentStates.map((k) => `state.${k}`),
      ...agentStates.map((k) => `desk.do.${k}`),
      ...callPhases.map((k) => `phase.${k}`),
      ...pauseReasons.map((k) => `pause.${k}`),
      ...outcomes.map((k) => `outcome.${k}`),
      ...callDirections.map((k) => `direction.${k}`),
      ...campaignModes.map((k) => `mode.${k}`),
      ...campaignStates.map((k) => `campaignState.${k}`),
      ...purposes.map((k) => `purpose.${k}`),
      ...roles.map((k) => `role.${k}`),
      ...recordingPurposes.map((k) => `recording.purpose.${k}`),
      ...timelineEntrySchema.shape.kind.options.map((k) => `card.kind.${k}`),
    ];
    expect(wanted.filter((key) => !hasWords(key))).toEqual([]);
  });

  it('exist for every reason that the server gives', () => {
    const source = sourceOf(
      'server/http',
      'server/users',
      'server/customers',
      'server/calls',
      'server/live',
      'server/campaigns',
      'server/recordings',
      'server/alarms',
    );
    const given = [
      ...source.matchAll(/HttpProblem\(\s*\d+,\s*'(\w+)'/g),
      ...source.matchAll(/\bno\('(\w+)'/g),
      ...source.matchAll(/\bok: false, reason: '(\w+)'/g),
    ].map(([, reason]) => reason!);
    expect(given.length).toBeGreaterThan(10);
    // A refused row of a list has its words with the import.
    const said = (reason: string): boolean =>
      hasWords(`reason.${reason}`) || keys.some((key) => key.endsWith(`eject.${reason}`));
    expect([...new Set(given)].filter((reason) => !said(reason))).toEqual([]);
  });

  it('exist for every rule of contact', () => {
    const rules = [...sourceOf('server/contact-rules').matchAll(/\brule: '(\w+)'/g)].map(
      ([, rule]) => `rule.${rule}`,
    );
    expect(rules.length).toBeGreaterThan(2);
    expect([...new Set(rules)].filter((key) => !hasWords(key))).toEqual([]);
  });

  it('count as Russians do', () => {
    setLanguage('ru');
    expect(t('card.overdue', { days: 21, amount: '' })).toBe('просрочено 21 день');
    expect(t('card.overdue', { days: 3, amount: '' })).toBe('просрочено 3 дня');
    expect(t('card.overdue', { days: 11, amount: '' })).toBe('просрочено 11 дней');
    setLanguage('en');
    expect(t('card.overdue', { days: 1, amount: '' })).toBe('overdue 1 day');
    setLanguage('ru');
  });

  it('put the detail of a refusal where the sentence has a place for it, else behind it', () => {
    setLanguage('ru');
    expect(reasonText('tooManyTries', '40')).toBe(
      'Слишком много попыток. Подождите 40 с и попробуйте снова.',
    );
    expect(reasonText('badInput', 'name')).toBe('Данные введены неверно. (name)');
    expect(reasonText('neverHeardOf')).toBe('Сервер ответил: neverHeardOf');
  });
});
