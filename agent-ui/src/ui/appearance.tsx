import { SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { chooseLanguage } from './preferences.ts';
import { language, onLanguage, t } from './words.ts';

/** Language and light or dark: side by side, for the sign-in page and the user's menu. */
export function AppearanceSwitches() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const current = useSyncExternalStore(onLanguage, language);
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label={t('app.language')}
        value={current}
        onChange={chooseLanguage}
        data={[
          { value: 'ru', label: 'Рус' },
          { value: 'en', label: 'Eng' },
        ]}
      />
      <SegmentedControl
        size="xs"
        aria-label={t('app.theme')}
        value={colorScheme}
        onChange={setColorScheme}
        data={[
          { value: 'light', label: t('app.theme.light') },
          { value: 'dark', label: t('app.theme.dark') },
        ]}
      />
    </>
  );
}
