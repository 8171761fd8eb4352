import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  {
    path: 'imports/:importId?',
    name: 'imports',
    meta: { title: 'nav.imports', supervises: true },
    component: () => withTexts('imports', import('@/features/imports/ImportsPage.vue')),
  },
]
