import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { z } from 'zod';
import { roles } from '../../../server/users/schema.ts';
import { AppearanceSwitches } from '../ui/appearance.tsx';
import { ErrorNote } from '../ui/feedback.tsx';
import { api } from '../ui/http.ts';
import { meQuery } from '../ui/session.ts';
import { t, wordFor } from '../ui/words.ts';
import classes from './sign-in.module.css';

const demoSchema = z.array(
  z.object({ login: z.string(), password: z.string(), name: z.string(), role: z.enum(roles) }),
);

export function SignIn() {
  const queries = useQueryClient();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  // 404 outside of the demo: then there are simply no buttons.
  const demo = useQuery({
    queryKey: ['demo-sign-ins'],
    queryFn: () => api('/api/demo/sign-ins', demoSchema).catch(() => []),
    staleTime: Infinity,
  });
  const enter = useMutation({
    mutationFn: (who: { login: string; password: string }) =>
      api('/api/sign-in', null, { method: 'POST', body: who }),
    onSuccess: () => queries.invalidateQueries({ queryKey: meQuery.queryKey }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    enter.mutate({ login, password });
  };
  return (
    <main className={classes.page}>
      <div className={classes.box}>
        <h1 className={classes.name}>Dozvon</h1>
        <p className="muted">{t('signIn.tagline')}</p>
        <form onSubmit={submit} className={classes.form}>
          <TextInput
            size="sm"
            label={t('signIn.login')}
            name="login"
            autoComplete="username"
            autoFocus
            required
            withAsterisk={false}
            maxLength={64}
            value={login}
            onChange={(e) => setLogin(e.currentTarget.value)}
          />
          <PasswordInput
            size="sm"
            label={t('signIn.password')}
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            maxLength={256}
            value={password}
            onChange={(e) => setPassword(e.currentTarget.value)}
          />
          <Button type="submit" size="sm" loading={enter.isPending} data-testid="sign-in">
            {t('signIn.submit')}
          </Button>
          {enter.isError ? <ErrorNote error={enter.error} /> : null}
        </form>
        {demo.data && demo.data.length > 0 ? (
          <section className={classes.demo}>
            <h2 className={classes.demoTitle}>{t('signIn.demo')}</h2>
            {demo.data.map((who) => (
              <Button
                key={who.login}
                variant="default"
                justify="space-between"
                fullWidth
                rightSection={<span className="muted">{wordFor('role', who.role)}</span>}
                disabled={enter.isPending}
                data-testid={`demo-sign-in-${who.login}`}
                onClick={() => enter.mutate({ login: who.login, password: who.password })}
              >
                {who.name}
              </Button>
            ))}
          </section>
        ) : null}
        <div className={classes.foot}>
          <AppearanceSwitches />
        </div>
      </div>
    </main>
  );
}
