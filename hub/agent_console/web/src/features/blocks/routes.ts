import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'blocks', name: 'blocks', meta: { title: 'nav.blocks', supervises: true }, component: () => withTexts('blocks', import('@/features/blocks/BlocksPage.vue')) },
]
