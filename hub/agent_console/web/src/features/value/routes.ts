import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'value/:tab?', name: 'value', meta: { title: 'customer.worth', supervises: true }, component: () => withTexts('value', import('@/features/value/ValuePage.vue')) },
]
