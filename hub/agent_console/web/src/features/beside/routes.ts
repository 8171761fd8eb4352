import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'mentions', name: 'mentions', meta: { title: 'nav.mentions' }, component: () => withTexts('beside', import('@/features/beside/MentionsPage.vue')) },
]
