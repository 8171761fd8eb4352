import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'me', name: 'me', meta: { title: 'nav.me' }, component: () => withTexts('me', import('@/features/me/MyDayPage.vue')) },
]
