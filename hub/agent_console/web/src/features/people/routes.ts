import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'people', name: 'people', meta: { title: 'nav.people', supervises: true }, component: () => withTexts('people', import('@/features/people/PeoplePage.vue')) },
  { path: 'people/roles', name: 'roles', meta: { title: 'nav.people', supervises: true }, component: () => withTexts('people', import('@/features/people/RolesPage.vue')) },
]
