import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'knowledge/:articleId?', name: 'knowledge', meta: { title: 'nav.knowledge' }, component: () => withTexts('article', import('@/features/article/KnowledgePage.vue')) },
]
