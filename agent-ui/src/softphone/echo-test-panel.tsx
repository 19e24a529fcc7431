import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { t } from '../ui/words.ts';
import { LevelBar } from './level-bar.tsx';
import { phone, usePhone } from './phone.ts';
import classes from './phone-settings.module.css';

/** A call to the exchange's echo: he hears himself as a customer would, and sees how loud and how late. `busy`: he is on a call. */
export function EchoTestPanel({ busy }: { busy: boolean }) {
  const { test, status } = usePhone();
  const [refused, setRefused] = useState(false);
  // A real call matters more; and nobody forgets a test behind a closed panel.
  useEffect(() => {
    if (busy) phone.endTest();
  }, [busy]);
  useEffect(() => () => phone.endTest(), []);
  const running = test !== null && test.stage !== 'failed';
  return (
    <section className={classes.test} data-testid="echo-test" data-stage={test?.stage ?? 'none'}>
      <div className={classes.row}>
        <p className={classes.note}>
          {busy
            ? t('phone.test.busy')
            : test === null
              ? t(refused ? 'phone.test.refused' : 'phone.test.what')
              : t(`phone.test.${test.stage}`)}
        </p>
        <Button
          variant="default"
          disabled={busy || status !== 'online'}
          onClick={() => {
            if (running) phone.endTest();
            else setRefused(!phone.startTest());
          }}
          data-testid="echo-test-toggle"
        >
          {t(running ? 'phone.test.end' : 'phone.test.start')}
        </Button>
      </div>
      {test?.stage === 'up' ? (
        <>
          <LevelBar make={phone.testMeter} label={t('phone.test.level')} testId="echo-level" />
          <p
            className={`${classes.note} figure`}
            data-testid="echo-round-trip"
            data-ms={test.roundTripMs ?? ''}
          >
            {test.roundTripMs === null
              ? t('phone.test.measuring')
              : t('phone.test.roundTrip', { ms: test.roundTripMs })}
          </p>
        </>
      ) : null}
    </section>
  );
}
