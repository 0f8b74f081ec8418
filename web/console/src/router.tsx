import { createBrowserRouter, Navigate } from 'react-router';
import { Gate } from './shell/gate';
import { Landing } from './shell/landing';
import { NotFound } from './shell/not-found';
import { RouteFault } from './shell/route-fault';
import { Wait } from './parts/wait';
import { queries } from './data/queries';
import * as ask from './data/queries';
import { paths } from './paths';

/** Every page is a chunk of its own; loaders start the questions while the chunk is still on its way. */
export const router = createBrowserRouter([
  { path: '/sign-in', lazy: () => import('./pages/sign-in'), hydrateFallbackElement: <Wait /> },
  { path: '/setup', lazy: () => import('./pages/setup'), hydrateFallbackElement: <Wait /> },
  {
    path: '/',
    element: <Gate />,
    errorElement: <RouteFault />,
    hydrateFallbackElement: <Wait />,
    children: [
      { index: true, element: <Landing /> },
      { path: 'today', lazy: () => import('./pages/today') },
      { path: 'counter/savings', lazy: () => import('./pages/savings/walk-in') },
      { path: 'counter/:id?', lazy: () => import('./pages/counter') },
      { path: 'members', lazy: () => import('./pages/members/index') },
      { path: 'members/duplicates', lazy: () => import('./pages/duplicates') },
      {
        path: 'members/:id',
        lazy: () => import('./pages/member'),
        loader: ({ params }) => {
          if (params.id) {
            void queries.prefetchQuery(ask.member(params.id));
            void queries.prefetchInfiniteQuery(ask.timeline(params.id));
          }
          return null;
        },
      },
      { path: 'members/:id/savings', lazy: () => import('./pages/savings') },
      { path: 'segments', lazy: () => import('./pages/segments') },
      { path: 'segments/classes', lazy: () => import('./pages/classes') },
      { path: 'segments/bands', lazy: () => import('./pages/bands') },
      { path: 'segments/lifestyles', lazy: () => import('./pages/lifestyles') },
      { path: 'segments/questions', lazy: () => import('./pages/questions') },
      { path: 'segments/tags', lazy: () => import('./pages/tags') },
      { path: 'segments/:id', lazy: () => import('./pages/segments/segment') },
      { path: 'pyramid', lazy: () => import('./pages/pyramid') },
      { path: 'benefits', lazy: () => import('./pages/benefits') },
      { path: 'benefits/coupons', lazy: () => import('./pages/coupons') },
      { path: 'benefits/gifts', lazy: () => import('./pages/gifts') },
      { path: 'benefits/what-if', lazy: () => import('./pages/what-if') },
      { path: 'import', lazy: () => import('./pages/imports') },
      { path: 'import/:id', lazy: () => import('./pages/import') },
      {
        path: 'settings',
        lazy: () => import('./pages/settings'),
        children: [
          { index: true, element: <Navigate to={paths.account()} replace /> },
          { path: 'account', lazy: () => import('./pages/settings/account') },
          { path: 'brand', lazy: () => import('./pages/settings/brand') },
          { path: 'merging', lazy: () => import('./pages/settings/merging') },
          { path: 'households', lazy: () => import('./pages/settings/households') },
          { path: 'consents', lazy: () => import('./pages/settings/consents') },
          { path: 'users', lazy: () => import('./pages/settings/users') },
          { path: 'keys', lazy: () => import('./pages/settings/keys') },
        ],
      },
      { path: '*', element: <NotFound /> },
    ],
  },
]);
