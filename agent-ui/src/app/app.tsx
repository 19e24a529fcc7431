import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import type { Me } from '../../../server/users/schema.ts';
import { SignIn } from '../sign-in/sign-in.tsx';
import { ErrorNote } from '../ui/feedback.tsx';
import { ApiError } from '../ui/http.ts';
import { meQuery } from '../ui/session.ts';
import { language, onLanguage } from '../ui/words.ts';
import { Frame } from './frame.tsx';
import { useWork } from './work.ts';

/** Signed out: the sign-in page, at whatever address; signed in: the frame. */
export function App() {
  const current = useSyncExternalStore(onLanguage, language);
  const me = useQuery(meQuery);
  if (me.data) return <SignedIn me={me.data} language={current} />;
  if (me.isPending) return null;
  if (me.error instanceof ApiError && me.error.status === 401) return <SignIn key={current} />;
  return <ErrorNote error={me.error} retry={() => void me.refetch()} />;
}

/** Phone and live connection live here, above what a change of language draws anew. */
function SignedIn({ me, language }: { me: Me; language: string }) {
  useWork(me);
  return <Frame key={language} />;
}
