import { Navigate } from 'react-router';
import { places, useSignedIn } from '../session';
import { placePath } from './menu';

/** Each role begins where its work is. */
export function Landing() {
  const { user } = useSignedIn();
  const first = places(user.role)[0] ?? 'members';
  return <Navigate to={placePath(first)} replace />;
}
