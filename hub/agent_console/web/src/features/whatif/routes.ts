import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'whatif', name: 'whatif', meta: { title: 'nav.whatif', supervises: true }, component: () => withTexts('whatif', import('@/features/whatif/WhatIfPage.vue')) },
]
