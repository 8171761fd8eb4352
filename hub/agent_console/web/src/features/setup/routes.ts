import type { RouteRecordRaw } from 'vue-router'

import { ruleTexts } from '@/features/rules/texts'
import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'setup/:tab?/:item?', name: 'setup', meta: { title: 'nav.setup', administers: true }, component: () => Promise.all([withTexts('setup', import('@/features/setup/SetupPage.vue')), ruleTexts()]).then(([page]) => page) },
]
