import { useQuery } from '@tanstack/react-query';
import { SignIn } from '../sign-in/sign-in.tsx';
import { ErrorNote } from '../ui/feedback.tsx';
import { ApiError } from '../ui/http.ts';
import { meQuery } from '../ui/session.ts';
import { Frame } from './frame.tsx';

/** Signed out: the sign-in page, at whatever address; signed in: the frame. */
export function App() {
  const me = useQuery(meQuery);
  if (me.data) return <Frame />;
  if (me.isPending) return null;
  if (me.error instanceof ApiError && me.error.status === 401) return <SignIn />;
  return <ErrorNote error={me.error} retry={() => void me.refetch()} />;
}
