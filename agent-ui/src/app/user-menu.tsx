import { Button, Menu, Switch } from '@mantine/core';
import { IconChevronDown, IconLogout } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { phone } from '../softphone/phone.ts';
import { AppearanceSwitches } from '../ui/appearance.tsx';
import { api } from '../ui/http.ts';
import { tellRefusal } from '../ui/notices.ts';
import { recall, remember } from '../ui/preferences.ts';
import { mayWatch, useUser } from '../ui/session.ts';
import { t, wordFor } from '../ui/words.ts';
import classes from './user-menu.module.css';
import { endWork } from './work.ts';

export function UserMenu() {
  const me = useUser();
  const queries = useQueryClient();
  const leave = async (): Promise<void> => {
    try {
      await api('/api/sign-out', null, { method: 'POST' });
    } catch (error) {
      return tellRefusal(error);
    }
    endWork();
    queries.clear();
    // A clean page: nothing of this person stays in memory for the next one.
    window.location.assign('/');
  };
  return (
    <Menu position="bottom-end" width={260} closeOnItemClick={false}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          rightSection={<IconChevronDown size={14} />}
          data-testid="user-menu"
        >
          <span className={classes.name}>{me.name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{wordFor('role', me.role)}</Menu.Label>
        <div className={classes.switches}>
          <AppearanceSwitches />
          {mayWatch(me) ? null : <CleanMicrophone />}
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => void leave()} data-testid="sign-out">
          {t('app.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
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
