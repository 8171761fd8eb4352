import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  {
    path: 'commitments/:commitmentId?',
    name: 'commitments',
    meta: { title: 'nav.commitments' },
    component: () => withTexts('commitments', import('@/features/commitments/CommitmentsPage.vue')),
  },
]
