import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteLocationRaw, type RouteRecordRaw, type Router } from 'vue-router'

import { LOCALES, withTexts } from '@/i18n'
import { ApiError } from '@/shared/api/http'
import { usePreferences } from '@/stores/preferences'
import { useSession } from '@/stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** May be seen without a session. */
    open?: boolean
    /** Signs in by itself. */
    door?: boolean
    /** Only for supervisors and admins. */
    supervises?: boolean
    /** Only for specialists, who see nothing else. */
    specialises?: boolean
    /** Only for admins. */
    administers?: boolean
    /** i18n key of the page's name. */
    title?: string
  }
}

/**
 * One-click sign-in of the demo: `/enter?language=en#<token>`, good once and only on the hub's own
 * machine. The console then speaks the language of the page with the doors.
 */
async function enterByDoor(to: RouteLocationNormalized): Promise<RouteLocationRaw> {
  const session = useSession()
  const language = LOCALES.find((locale) => locale === to.query['language'])
  if (language) usePreferences().locale = language
  try {
    await session.enter(to.hash.slice(1))
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { name: 'sign-in' }
  }
  return session.supervises ? { name: 'wallboard' } : { name: 'desk' }
}

/** The pages of features that bring their own: each has a `routes.ts`. */
const features = import.meta.glob<{ routes: RouteRecordRaw[] }>('@/features/*/routes.ts', { eager: true })

const routes: RouteRecordRaw[] = [
  { path: '/enter', name: 'enter', meta: { door: true }, beforeEnter: enterByDoor, component: () => import('@/app/NowherePage.vue') },
  { path: '/sign-in', name: 'sign-in', meta: { open: true, title: 'signIn.title' }, component: () => import('@/features/sign_in/SignInPage.vue') },
  { path: '/set-password', name: 'set-password', meta: { door: true, title: 'signIn.title' }, component: () => withTexts('set_password', import('@/features/set_password/SetPasswordPage.vue')) },
  { path: '/my-work/:commitmentId?', name: 'work', meta: { specialises: true, title: 'nav.commitments' }, component: () => withTexts('commitments', import('@/features/commitments/WorkPage.vue')) },
  {
    path: '/',
    component: () => import('@/app/AppShell.vue'),
    children: [
      { path: '', redirect: '/desk' },
      { path: 'desk/:contactId?', name: 'desk', meta: { title: 'nav.desk' }, component: () => import('@/features/desk/DeskPage.vue') },
      { path: 'wallboard', name: 'wallboard', meta: { title: 'nav.wallboard', supervises: true }, component: () => import('@/features/supervisor/WallboardPage.vue') },
      { path: 'callbacks', name: 'callbacks', meta: { title: 'nav.callbacks', supervises: true }, component: () => import('@/features/callbacks/CallbacksPage.vue') },
      { path: 'quarantine', name: 'quarantine', meta: { title: 'nav.quarantine', supervises: true }, component: () => import('@/features/quarantine/QuarantinePage.vue') },
      { path: 'settings', name: 'settings', meta: { title: 'nav.settings' }, component: () => withTexts('access', import('@/features/settings/SettingsPage.vue')) },
      ...Object.values(features).flatMap((feature) => feature.routes),
      { path: ':rest(.*)*', name: 'nowhere', meta: { title: 'nowhere.title' }, component: () => import('@/app/NowherePage.vue') },
    ],
  },
]

export function createAppRouter(): Router {
  const router = createRouter({ history: createWebHistory(), routes })
  router.beforeEach(async (to) => {
    if (to.meta.door) return true
    const session = useSession()
    await session.restore()
    if (to.meta.open) return session.signedIn ? { path: '/desk' } : true
    if (!session.signedIn) return { name: 'sign-in', query: to.path === '/' ? {} : { next: to.fullPath } }
    if (session.specialises !== Boolean(to.meta.specialises)) return session.specialises ? '/my-work' : '/commitments'
    if (to.meta.supervises && !session.supervises) return { path: '/desk' }
    if (to.meta.administers && !session.administers) return { path: '/desk' }
    return true
  })
  return router
}
