import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: 'knowledge/:articleId?', name: 'knowledge', meta: { title: 'nav.knowledge' }, component: () => import('@/features/knowledge/KnowledgePage.vue') },
]
