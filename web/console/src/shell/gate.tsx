import { useQuery } from '@tanstack/react-query';
import { Navigate, useLocation } from 'react-router';
import * as ask from '../data/queries';
import { SessionContext } from '../session';
import { paths } from '../paths';
import { Trouble } from '../parts/trouble';
import { Wait } from '../parts/wait';
import { Shell } from './shell';
import { SignInAgain } from './sign-in-again';

/** Lets in who is signed in; sends others to sign in (and back), and the first person ever to set up. */
export function Gate() {
  const session = useQuery(ask.session());
  const setup = useQuery({ ...ask.setup(), enabled: session.data === null });
  const location = useLocation();
  if (session.isPending) return <Wait />;
  if (session.isError) {
    return (
      <main className="alone">
        <Trouble error={session.error} retry={() => void session.refetch()} />
      </main>
    );
  }
  if (session.data === null) {
    if (setup.isPending) return <Wait />;
    if (setup.data?.needs_owner) return <Navigate to={paths.setup()} replace />;
    return <Navigate to={paths.signIn(location.pathname + location.search)} replace />;
  }
  return (
    <SessionContext value={session.data}>
      <Shell />
      <SignInAgain />
    </SessionContext>
  );
}
