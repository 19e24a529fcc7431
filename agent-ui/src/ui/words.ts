import { setupI18n } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { words as appEn } from '../app/words.en.ts';
import { words as appRu } from '../app/words.ru.ts';
import { words as campaignsEn } from '../campaigns/words.en.ts';
import { words as campaignsRu } from '../campaigns/words.ru.ts';
import { words as cardEn } from '../card/words.en.ts';
import { words as cardRu } from '../card/words.ru.ts';
import { words as customersEn } from '../customers/words.en.ts';
import { words as customersRu } from '../customers/words.ru.ts';
import { words as deskEn } from '../desk/words.en.ts';
import { words as deskRu } from '../desk/words.ru.ts';
import { words as dialEn } from '../dial/words.en.ts';
import { words as dialRu } from '../dial/words.ru.ts';
import { words as historyEn } from '../history/words.en.ts';
import { words as historyRu } from '../history/words.ru.ts';
import { words as liveEn } from '../live/words.en.ts';
import { words as liveRu } from '../live/words.ru.ts';
import { words as recordingsEn } from '../recordings/words.en.ts';
import { words as recordingsRu } from '../recordings/words.ru.ts';
import { words as signInEn } from '../sign-in/words.en.ts';
import { words as signInRu } from '../sign-in/words.ru.ts';
import { words as softphoneEn } from '../softphone/words.en.ts';
import { words as softphoneRu } from '../softphone/words.ru.ts';
import { words as supervisorEn } from '../supervisor/words.en.ts';
import { words as supervisorRu } from '../supervisor/words.ru.ts';
import { words as uiEn } from './words.en.ts';
import { words as uiRu } from './words.ru.ts';

/**
 * Words on screen: flat keys (`feature.thing`) with ICU MessageFormat text, one file per feature and language, compiled
 * the first time a sentence is shown (some 600 short sentences: a build step for them would cost more than it saves).
 */
export const ru = {
  ...uiRu,
  ...appRu,
  ...liveRu,
  ...softphoneRu,
  ...signInRu,
  ...deskRu,
  ...dialRu,
  ...cardRu,
  ...customersRu,
  ...campaignsRu,
  ...historyRu,
  ...recordingsRu,
  ...supervisorRu,
} as const;
export const en: Readonly<Record<string, string>> = {
  ...uiEn,
  ...appEn,
  ...liveEn,
  ...softphoneEn,
  ...signInEn,
  ...deskEn,
  ...dialEn,
  ...cardEn,
  ...customersEn,
  ...campaignsEn,
  ...historyEn,
  ...recordingsEn,
  ...supervisorEn,
};

export const languages = ['ru', 'en'] as const;
export type Language = (typeof languages)[number];
/** Every sentence's key; Russian is the list that English must equal (tests/unit/agent-ui/words.test.ts). */
export type WordKey = keyof typeof ru;

const i18n = setupI18n();
i18n.load({ ru: {}, en: {} });
i18n.activate('ru');

/** Compiles a sentence the first time it is said: Lingui's own run-time compiler would do it at every drawing. */
function prepare(key: WordKey): void {
  if (key in i18n.messages) return;
  const text = i18n.locale === 'en' ? en[key] : ru[key];
  i18n.load(i18n.locale, { [key]: compileMessage(text ?? key) });
}

let changed: (() => void)[] = [];

export function language(): Language {
  return i18n.locale === 'en' ? 'en' : 'ru';
}

/** Changes the language of everything shown after this; `onLanguage` handlers draw the page again. */
export function setLanguage(next: Language): void {
  i18n.activate(next);
  for (const handle of changed) handle();
}

/** Calls `handle` after each change of language; the result takes the handler away. For `useSyncExternalStore`. */
export function onLanguage(handle: () => void): () => void {
  changed = [...changed, handle];
  return () => {
    changed = changed.filter((h) => h !== handle);
  };
}

/** The sentence for a key, with ICU values filled in. */
export function t(key: WordKey, values?: Record<string, string | number>): string {
  prepare(key);
  return i18n._(key, values);
}

/** Is there a sentence for this key? */
export function hasWords(key: string): key is WordKey {
  return Object.hasOwn(ru, key);
}

/** Words for a key that came from the server, e.g. `wordFor('outcome', call.outcome)`; an unknown key is shown as it is. */
export function wordFor(group: string, key: string, values?: Record<string, string | number>): string {
  const full = `${group}.${key}`;
  return hasWords(full) ? t(full, values) : t('ui.noWords', { key });
}

/** A refusal in plain words: the reason's sentence, then the detail (which field, which limit) when there is one. */
export function reasonText(reason: string, detail?: string | null): string {
  const key = `reason.${reason}`;
  if (detail && hasWords(key) && ru[key].includes('{detail')) return t(key, { detail });
  const sentence = wordFor('reason', reason);
  return detail ? `${sentence} (${detail})` : sentence;
}
