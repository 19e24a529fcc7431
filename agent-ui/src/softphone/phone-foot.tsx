import { Popover } from '@mantine/core';
import { IconHeadset } from '@tabler/icons-react';
import { useOtherTabs, useTab } from '../live/tab.ts';
import { t } from '../ui/words.ts';
import { useDevices } from './devices.ts';
import { MutedHint } from './muted-hint.tsx';
import { usePhone } from './phone.ts';
import classes from './phone-foot.module.css';
import { PhoneSettings } from './phone-settings.tsx';
import { closePhoneSettings, openPhoneSettings, usePhoneSettingsOpen } from './settings-open.ts';
import { VoiceFigures } from './voice-figures.tsx';

/** The phone's part of the foot: what is wrong, the voice's figures while there is a leg, and the door to devices and test call. */
export function PhoneFoot() {
  const { status, quality } = usePhone();
  const { missing } = useDevices();
  const others = useOtherTabs();
  const tab = useTab();
  const open = usePhoneSettingsOpen();
  return (
    <>
      <MutedHint />
      {missing.map((kind) => (
        <span
          key={kind}
          className={`${classes.warn} ${classes.yields}`}
          title={t('phone.missing.instead')}
          data-testid="device-missing"
          data-kind={kind}
        >
          {t(`phone.missing.${kind}`)}
        </span>
      ))}
      {quality ? <VoiceFigures quality={quality} /> : null}
      <Popover
        opened={open}
        onChange={(next) => (next ? openPhoneSettings() : closePhoneSettings())}
        position="top-end"
        width={360}
        trapFocus
        returnFocus
        shadow="md"
      >
        <Popover.Target>
          <button
            type="button"
            className={`${classes.door} ${status === 'online' || status === 'off' ? '' : classes.warn}`}
            onClick={open ? closePhoneSettings : openPhoneSettings}
            title={t('phone.settings')}
            data-testid="phone-status"
            data-status={status}
          >
            <IconHeadset size={14} aria-hidden />
            {others && status === 'online' ? (
              <span data-testid="phone-here">{t('phone.inThisTab')}</span>
            ) : (
              t(status === 'off' && tab === 'elsewhere' ? 'phone.inOtherTab' : `phone.${status}`)
            )}
          </button>
        </Popover.Target>
        <Popover.Dropdown>
          <PhoneSettings />
        </Popover.Dropdown>
      </Popover>
    </>
  );
}
