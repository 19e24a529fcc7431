import { type Language, languages, setLanguage } from './words.ts';

/** Small things remembered in this browser. A browser that forbids storage just forgets them. */
export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`dozvon.${key}`);
    else localStorage.setItem(`dozvon.${key}`, value);
  } catch {
    // Storage is full or forbidden: nothing depends on it.
  }
}

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`dozvon.${key}`);
  } catch {
    return null;
  }
}

export function chooseLanguage(language: Language): void {
  setLanguage(language);
  document.documentElement.lang = language;
  remember('language', language);
}

/** At start: the language chosen last, Russian at first. */
export function restoreLanguage(): void {
  const last = languages.find((l) => l === recall('language'));
  chooseLanguage(last ?? 'ru');
}
