import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'setup/:tab?/:item?', name: 'setup', meta: { title: 'nav.setup', administers: true }, component: () => withTexts('setup', import('@/features/setup/SetupPage.vue')) },
]
