import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconHeadset, IconLogout } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { openPhoneSettings } from '../softphone/settings-open.ts';
import { AppearanceSwitches } from '../ui/appearance.tsx';
import { api } from '../ui/http.ts';
import { tellRefusal } from '../ui/notices.ts';
import { useUser } from '../ui/session.ts';
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
        </div>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconHeadset size={15} />}
          closeMenuOnClick
          onClick={openPhoneSettings}
          data-testid="open-phone-settings"
        >
          {t('phone.settings')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => void leave()} data-testid="sign-out">
          {t('app.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
