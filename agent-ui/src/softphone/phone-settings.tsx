import { Button, NativeSelect, Switch } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useMe } from '../live/hooks.ts';
import { recall, remember } from '../ui/preferences.ts';
import { mayWatch, useUser } from '../ui/session.ts';
import { t } from '../ui/words.ts';
import { chooseDevice, type DeviceKind, refreshDevices, useDevices } from './devices.ts';
import { EchoTestPanel } from './echo-test-panel.tsx';
import { LevelBar } from './level-bar.tsx';
import { phone, usePhone } from './phone.ts';
import classes from './phone-settings.module.css';
import { sampleRing } from './sounds.ts';
import { usePhoneWanted, wantPhone } from './wanted.ts';

/** Devices, level, test call. For supervisors also the switch that puts a phone on this page. */
export function PhoneSettings() {
  const watches = mayWatch(useUser());
  const wanted = usePhoneWanted();
  const { status } = usePhone();
  const { call } = useMe();
  useEffect(() => void refreshDevices(), []);
  return (
    <div className={classes.panel} data-testid="phone-settings">
      <h2 className={classes.heading}>{t('phone.settings')}</h2>
      {watches ? (
        <Switch
          size="xs"
          label={t('phone.wanted')}
          checked={wanted}
          onChange={(e) => wantPhone(e.currentTarget.checked)}
          data-testid="want-phone"
        />
      ) : null}
      {status === 'off' ? (
        <p className={classes.note}>{t(watches ? 'phone.offNote' : 'phone.elsewhereNote')}</p>
      ) : (
        <>
          <DeviceSelect kind="microphone" />
          <LevelBar make={phone.meter} label={t('phone.level')} testId="microphone-level" />
          <CleanMicrophone />
          <DeviceSelect kind="speaker" />
          <div className={classes.row}>
            <DeviceSelect kind="ring" />
            <Button variant="default" onClick={sampleRing}>
              {t('phone.sample')}
            </Button>
          </div>
          <EchoTestPanel busy={call !== null} />
        </>
      )}
    </div>
  );
}

function DeviceSelect({ kind }: { kind: DeviceKind }) {
  const { microphones, speakers, chosen, missing } = useDevices();
  const list = kind === 'microphone' ? microphones : speakers;
  const mine = chosen[kind];
  const gone = missing.includes(kind) && mine !== null;
  const found = mine && list.find((device) => device.id === mine.id || device.label === mine.label);
  // Firefox names no loudspeakers until it is asked for one: then only the system's own can be used.
  if (kind !== 'microphone' && list.length === 0) return null;
  return (
    <NativeSelect
      size="xs"
      label={t(`phone.device.${kind}`)}
      value={gone ? 'gone' : (found?.id ?? '')}
      // Amber and not the red of an error: the phone works, with another device.
      description={gone ? <span className={classes.warn}>{t('phone.missing.instead')}</span> : undefined}
      inputWrapperOrder={['label', 'input', 'description']}
      onChange={(e) => {
        const { value } = e.currentTarget;
        chooseDevice(kind, list.find((device) => device.id === value) ?? null);
      }}
      data-autofocus={kind === 'microphone' || undefined}
      data-testid={`device-${kind}`}
    >
      <option value="">{t('phone.systemDevice')}</option>
      {gone ? (
        <option value="gone" disabled>
          {mine.label}
        </option>
      ) : null}
      {list.map((device, at) => (
        <option key={device.id} value={device.id}>
          {device.label || t('phone.nthDevice', { nth: at + 1 })}
        </option>
      ))}
    </NativeSelect>
  );
}

function CleanMicrophone() {
  const [clean, setClean] = useState(recall('microphone') !== 'plain');
  const change = (next: boolean): void => {
    setClean(next);
    remember('microphone', next ? null : 'plain');
    phone.reopenMicrophone();
  };
  return (
    <Switch
      size="xs"
      label={t('phone.cleanMic')}
      checked={clean}
      onChange={(e) => change(e.currentTarget.checked)}
      data-testid="clean-mic"
    />
  );
}
